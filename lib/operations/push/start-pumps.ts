import { asleepUntilMs } from "../../domain/breaker.js";
import type { Collecting } from "../../domain/collecting.js";
import { laneNoteIn } from "../../domain/lane-note.js";
import { type Subscription, type SubscriptionRef, subscriptionRef } from "../../domain/subscription.js";
import type { FreeLock } from "../../domain/ports/locks.js";
import type { PumpHints } from "../../domain/pump-start.js";
import { unowned } from "../../domain/ownership.js";
import type { Topic } from "../../domain/topic.js";
import type { Engine } from "../engine.js";
import { everySubscription } from "../lookup.js";
import { type LaneRef, isPushable, laneName } from "../../domain/lane.js";
import { onItsWay } from "./on-its-way.js";

export interface Starting {
  /** Whether the lane has something to do, if it is free. @default it has */
  readonly isWanted?: () => Promise<boolean>;
  /** What the pump need not look up. */
  readonly hints?: PumpHints;
  /** Whether a pump may be running. If not, it is started without asking. @default it may */
  readonly mayRun?: boolean;
  /** Whether one that is on its way is as good: it hears that there is more to do. @default no */
  readonly orOnItsWay?: boolean;
  /** Whether what it would be started for can wait for the end of a batch window, and is seen then. @default no */
  readonly joins?: (collecting: Collecting) => boolean;
  /** @default the first */
  readonly lane?: number;
}

/** How often a lane is looked at that is taken and free again while somebody starts its pump. */
const LANE_LOOKS = 4;

/** What became of a start. `asleep`: its target is not tried before. `joined`: a timer has it started in time. */
export type Started =
  | { readonly kind: "started" | "at-work" | "unwanted" | "joined" }
  | { readonly kind: "asleep"; readonly untilMs: number };

/**
 * Starts the subscription's first pump, if it is not running, not asleep, and wanted. That pump starts others when it
 * has more than it can deliver itself. It knocks at a lane that is held: its pump looks again before it ends. A pump
 * that is started although its lane is held does the same, and one that is asleep ends at once.
 */
export async function tryToStart(
  engine: Engine,
  subscription: Subscription,
  { isWanted, hints, mayRun = true, orOnItsWay = false, joins, lane = 0 }: Starting = {},
): Promise<Started> {
  const { caches, locks, starter, clock } = engine;
  const ref = laneRef(subscription, lane);
  const lock = laneName(ref);
  const atMs = clock.nowMs();
  let there: FreeLock | undefined;
  for (let look = 1; mayRun && look <= LANE_LOOKS; look++) {
    const knocked = await locks.knock(lock, clock.nowMs());
    if (knocked.kind === "held") return { kind: "at-work" };
    there = knocked;
    const { asleep, collecting } = laneNoteIn(there.note);
    const untilMs = asleepUntilMs(asleep, subscription, clock.nowMs());
    if (untilMs !== undefined) return { kind: "asleep", untilMs };
    if (collecting && joins?.(collecting)) return { kind: "joined" };
    if (!orOnItsWay) break;
    const isComing = await onItsWay(engine, lock, there);
    if (isComing === "yes") return { kind: "at-work" };
    if (isComing === "no") break;
  }
  if (isWanted && !(await isWanted())) return { kind: "unwanted" };
  // The pump's clock may be behind this one: what is due here is due there.
  const all = laneNoteIn(there?.note).asleep ? { ...hints, probes: true as const } : hints;
  await starter.startPump(all ? { ...ref, hints: all } : ref);
  if (orOnItsWay) caches.started.set(lock, { atMs, ...(there ? { takes: there.takes } : {}) });
  return { kind: "started" };
}

export const laneRef = (subscription: SubscriptionRef, lane = 0): LaneRef => ({
  subscription: subscriptionRef(subscription),
  lane,
});

/** @returns whether it was started. */
export const startIdlePump = async (
  engine: Engine,
  subscription: Subscription,
  starting: Starting = {},
): Promise<boolean> => (await tryToStart(engine, subscription, starting)).kind === "started";

/** Every push subscription of the topic, paused or not. */
export async function allPushed(engine: Engine, topic: Topic): Promise<readonly Subscription[]> {
  const found: Subscription[] = [];
  for await (const subscriptions of everySubscription(engine, topic))
    found.push(...subscriptions.filter(({ target }) => target.type !== "pull").map(unowned));
  return found;
}

/**
 * Every push subscription that may be delivered to now. Reads the list each time, because a cached one may be out of
 * date.
 */
export async function pushSubscriptions(engine: Engine, topic: Topic): Promise<readonly Subscription[]> {
  const all = await allPushed(engine, topic);
  return all.filter((subscription) => isPushable({ topic, subscription }));
}

/**
 * Starts the pump of a subscription after a change that gave it something to deliver. The change stands even if it does
 * not start: then the sweep makes up for it.
 */
export async function wakeUp(engine: Engine, subscription: Subscription): Promise<void> {
  if (subscription.target.type === "pull" || subscription.paused) return;
  await asFarAsPossible(engine, fieldsOf(subscription), async () => {
    // A cached topic may still be paused, if its own pause ended a moment ago.
    const topic = await engine.topics.get(subscription.topic.name);
    if (topic?.uid === subscription.topic.uid && isPushable({ topic, subscription }))
      await startIdlePump(engine, subscription);
  });
}

/** Like `wakeUp`, for all subscriptions of a topic. */
export async function wakeUpAll(engine: Engine, topic: Topic): Promise<void> {
  await asFarAsPossible(engine, { topic: topic.name }, async () => {
    const pushed = await pushSubscriptions(engine, topic);
    await Promise.all(
      pushed.map((subscription) =>
        asFarAsPossible(engine, fieldsOf(subscription), () => startIdlePump(engine, subscription)),
      ),
    );
  });
}

const fieldsOf = ({ topic, name }: Subscription) => ({ topic: topic.name, subscription: name });

async function asFarAsPossible(
  { telemetry }: Engine,
  fields: Readonly<Record<string, string>>,
  start: () => Promise<unknown>,
): Promise<void> {
  try {
    await start();
  } catch (error) {
    telemetry.event("wake-up-failed", "warn", { ...fields, error: String(error) });
  }
}
