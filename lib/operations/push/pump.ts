import type { Subscription } from "../../domain/subscription.js";
import type { Engine } from "../engine.js";
import { LANE_LEASE_MS, Session, type SessionContext } from "./session.js";
import { OwnedSource, leasedSource } from "./source.js";
import {
  type LaneRef,
  isPushable,
  laneConcurrency,
  laneCount,
  laneName,
  servedBy,
} from "../../domain/lane.js";
import type { Reader } from "../../domain/reader.js";
import { hasWork } from "./has-work.js";
import { setWakeUp } from "./wake-up-timer.js";
import type { Ended } from "./pump-end.js";

/** Rounds in a row in which work was seen but none could be had (somebody else has it, or a read lags behind). */
const FRUITLESS_ROUNDS = 8;
const FRUITLESS_PAUSE_MS = 50;
const DRAIN_AT_LEAST_MS = 10_000;

/**
 * Delivers to one push subscription until it is caught up, or until its time is nearly over and a successor is started.
 * Started twice, the second finds the lane held and ends. It reads the tails again after it has let go of its lane:
 * whoever saw the lane held had rung before that.
 */
export async function pump(engine: Engine, ref: LaneRef, options: { deadlineMs: number }): Promise<void> {
  const { clock, random, starter } = engine;
  const owner = random.nonce();
  let fruitless = 0;
  while (fruitless < FRUITLESS_ROUNDS) {
    const found = await subscriptionOf(engine, ref);
    if (!found) return;
    const { topic } = found;
    const { ended, started } = await holdLane(engine, ref, owner, found, options.deadlineMs);
    if (ended === "lane-lost") return;
    if (ended === "out-of-time") return await starter.startPump(ref);
    if (ended === "settings-changed") continue;
    // A seek that found the lane held has started nobody: it shows by now.
    const subscription = await engine.subscriptions.get(topic, found.subscription.name);
    if (subscription?.uid !== found.subscription.uid) return;
    if (!(await hasWork(engine, { topic, subscription }, servedBy({ topic, subscription }, ref.lane)))) {
      return await setWakeUp(engine, subscription);
    }
    fruitless = started > 0 ? 0 : fruitless + 1;
    if (fruitless > 0) await clock.sleep(FRUITLESS_PAUSE_MS * 2 ** fruitless);
  }
  await wakeUpAfter(engine, ref);
}

/** What could not be had is looked for again by a wake-up, and by the sweep. */
async function wakeUpAfter(engine: Engine, ref: LaneRef): Promise<void> {
  const found = await subscriptionOf(engine, ref);
  if (found) await setWakeUp(engine, found.subscription);
}

async function subscriptionOf({ topics, subscriptions }: Engine, ref: LaneRef): Promise<Reader | undefined> {
  const topic = await topics.get(ref.subscription.topic.name);
  if (topic?.uid !== ref.subscription.topic.uid) return undefined;
  const subscription = await subscriptions.get(topic, ref.subscription.name);
  if (subscription?.uid !== ref.subscription.uid || !isPushable({ topic, subscription })) return undefined;
  return ref.lane < laneCount(subscription.maxConcurrency) ? { topic, subscription } : undefined;
}

async function holdLane(
  engine: Engine,
  ref: LaneRef,
  owner: string,
  { topic, subscription }: Reader,
  deadlineMs: number,
): Promise<{ readonly ended: Ended; readonly started: number }> {
  const { locks, clock, telemetry } = engine;
  const nowMs = clock.nowMs();
  const acquired = await locks.acquire(laneName(ref), owner, nowMs, nowMs + LANE_LEASE_MS);
  if (acquired.kind === "held") return { ended: "lane-lost", started: 0 };
  const context: SessionContext = {
    engine,
    topic,
    subscription,
    ref,
    owner,
    width: laneConcurrency(subscription.maxConcurrency, ref.lane),
    drainAtMs: drainAtMs(subscription, nowMs, deadlineMs),
    deadlineMs,
    deaths: acquired.deaths,
  };
  const source =
    topic.ordering === "none" && laneCount(subscription.maxConcurrency) === 1
      ? new OwnedSource(engine, topic, subscription, acquired.deaths)
      : leasedSource(engine, { topic, subscription }, servedBy({ topic, subscription }, ref.lane));
  const session = new Session(context, source);
  try {
    const ended = await session.run();
    const { name } = subscription;
    telemetry.event("pump-ended", "info", {
      topic: topic.name,
      subscription: name,
      ended,
      started: session.started,
    });
    return { ended, started: session.started };
  } finally {
    // A lane that was lost is somebody else's: releasing it then changes nothing.
    await locks.release(laneName(ref), owner);
  }
}

/**
 * A handler may take as long as its messages' deadline: what is handed out must be able to end before the pump does.
 */
function drainAtMs({ ackDeadlineSeconds }: Subscription, nowMs: number, deadlineMs: number): number {
  const reserveMs = Math.max(DRAIN_AT_LEAST_MS, ackDeadlineSeconds * 1_000);
  return deadlineMs - Math.min(reserveMs, (deadlineMs - nowMs) / 2);
}
