import type { Reader } from "../../domain/reader.js";
import type { Engine } from "../engine.js";
import { type SubscriptionState, asleepOf } from "./subscription-state.js";

/**
 * The state of a subscription whose topic has no mark. All of its log is consumed, so nothing of that is read: the
 * counts that are left cost a few small reads, however many partitions there are.
 */
export async function idleState(engine: Engine, { subscription }: Reader): Promise<SubscriptionState> {
  const { progress, deadLetters, clock } = engine;
  const nowMs = clock.nowMs();
  const [totals, dead, asleep] = await Promise.all([
    progress.totals(subscription, subscription.epoch),
    deadLetters.count(subscription, nowMs),
    asleepOf(engine, subscription),
  ]);
  const { inFlight, retrying, expired, setAside, busyKeys, heldKeys, oldestPublishedAtMs = nowMs } = totals;
  return {
    ...{ backlog: 0, inFlight, retrying, expired, setAside, deadLetters: dead, busyKeys, heldKeys },
    oldestUnackedAgeMs: Math.max(0, nowMs - oldestPublishedAtMs),
    ...(asleep ? { asleep } : {}),
  };
}
