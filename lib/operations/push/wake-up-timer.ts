import { type Subscription, subscriptionRef } from "../../domain/subscription.js";
import type { Engine } from "../engine.js";
import { CLOCK_EVERY_MS, startIdleClock } from "./start-clock.js";

/** Sets a timer that wakes the pumps when the subscription's next record is due, or at `orAtMs` if that is sooner. */
export async function setNextWakeUp(
  engine: Engine,
  subscription: Subscription,
  orAtMs = Infinity,
): Promise<void> {
  const dueMs = Math.min(orAtMs, (await engine.progress.nextDueMs(subscription)) ?? Infinity);
  if (dueMs < Infinity) await setWakeUp(engine, subscription, dueMs);
}

/**
 * Sets a timer that wakes the pumps at that time. If that is within the minute, also starts a clock: the rule's next
 * clock would be too late.
 */
export async function setWakeUp(engine: Engine, subscription: Subscription, dueMs: number): Promise<void> {
  const { timers, clock } = engine;
  await timers.set({ kind: "wake-up", dueMs, subscription: subscriptionRef(subscription) });
  if (dueMs - clock.nowMs() <= CLOCK_EVERY_MS) await startIdleClock(engine);
}
