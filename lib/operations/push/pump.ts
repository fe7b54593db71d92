import type { PumpRef } from "../../domain/ports/starter.js";
import { type Subscription, laneConcurrency, laneCount } from "../../domain/subscription.js";
import type { Topic } from "../../domain/topic.js";
import type { Instance } from "../engine.js";
import { hasWork, isPushable, laneName, servedBy, setWakeUp } from "./wake.js";
import { type Ended, LANE_LEASE_MS, Session, type SessionContext } from "./session.js";
import { OwnedSource, leasedSource } from "./source.js";

/** Rounds in a row in which work was seen but none could be had (somebody else has it, or a read lags behind). */
const FRUITLESS_ROUNDS = 8;
const FRUITLESS_PAUSE_MS = 50;
const DRAIN_AT_LEAST_MS = 10_000;

/**
 * Delivers to one push subscription until it is caught up, or until its time is nearly over and a successor is started.
 * Started twice, the second finds the lane held and ends. It reads the tails again after it has let go of its lane:
 * whoever saw the lane held had rung before that.
 */
export async function pump(instance: Instance, ref: PumpRef, options: { deadlineMs: number }): Promise<void> {
  const { clock, random, starter } = instance;
  const owner = random.nonce();
  let fruitless = 0;
  while (fruitless < FRUITLESS_ROUNDS) {
    const found = await subscriptionOf(instance, ref);
    if (!found) return;
    const { topic } = found;
    const { ended, started } = await holdLane(instance, ref, owner, found, options.deadlineMs);
    if (ended === "lane-lost") return;
    if (ended === "out-of-time") return await starter.startPump(ref);
    if (ended === "settings-changed") continue;
    // A seek that found the lane held has started nobody: it shows by now.
    const subscription = await instance.subscriptions.get(topic, found.subscription.name);
    if (subscription?.uid !== found.subscription.uid) return;
    if (!(await hasWork(instance, topic, subscription, servedBy(topic, subscription, ref.lane)))) {
      return await setWakeUp(instance, subscription);
    }
    fruitless = started > 0 ? 0 : fruitless + 1;
    if (fruitless > 0) await clock.sleep(FRUITLESS_PAUSE_MS * 2 ** fruitless);
  }
  await wakeUpAfter(instance, ref);
}

/** What could not be had is looked for again by a wake-up, and by the sweep. */
async function wakeUpAfter(instance: Instance, ref: PumpRef): Promise<void> {
  const found = await subscriptionOf(instance, ref);
  if (found) await setWakeUp(instance, found.subscription);
}

interface Found {
  readonly topic: Topic;
  readonly subscription: Subscription;
}

async function subscriptionOf({ topics, subscriptions }: Instance, ref: PumpRef): Promise<Found | undefined> {
  const topic = await topics.get(ref.subscription.topic.name);
  if (topic?.uid !== ref.subscription.topic.uid) return undefined;
  const subscription = await subscriptions.get(topic, ref.subscription.name);
  if (subscription?.uid !== ref.subscription.uid || !isPushable(topic, subscription)) return undefined;
  return ref.lane < laneCount(subscription.maxConcurrency) ? { topic, subscription } : undefined;
}

async function holdLane(
  instance: Instance,
  ref: PumpRef,
  owner: string,
  { topic, subscription }: Found,
  deadlineMs: number,
): Promise<{ readonly ended: Ended; readonly started: number }> {
  const { pumpLeases, clock, telemetry } = instance;
  const nowMs = clock.nowMs();
  const acquired = await pumpLeases.acquire(laneName(ref), owner, nowMs, nowMs + LANE_LEASE_MS);
  if (acquired.kind === "held") return { ended: "lane-lost", started: 0 };
  const context: SessionContext = {
    instance,
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
      ? new OwnedSource(instance, topic, subscription, acquired.deaths)
      : leasedSource(instance, topic, subscription, servedBy(topic, subscription, ref.lane));
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
    await pumpLeases.release(laneName(ref), owner);
  }
}

/**
 * A handler may take as long as its messages' deadline: what is handed out must be able to end before the pump does.
 */
function drainAtMs({ ackDeadlineSeconds }: Subscription, nowMs: number, deadlineMs: number): number {
  const reserveMs = Math.max(DRAIN_AT_LEAST_MS, ackDeadlineSeconds * 1_000);
  return deadlineMs - Math.min(reserveMs, (deadlineMs - nowMs) / 2);
}
