import type { Subscription } from "../../domain/subscription.js";
import type { Engine } from "../engine.js";

/** The clock's own name among the pump leases. */
export const CLOCK = "clock";

/** The rule starts the clock this often: a timer due sooner needs a clock that runs. */
export const CLOCK_EVERY_MS = 60_000;

/**
 * Has the pumps woken when the subscription's next retry is due; sooner than the next minute with a clock of its own.
 */
export async function setWakeUp(engine: Engine, subscription: Subscription): Promise<void> {
  const { progress, timers, locks, starter, clock } = engine;
  const dueMs = await progress.nextDueMs(subscription);
  if (dueMs === undefined) return;
  const { topic, name, uid } = subscription;
  await timers.set({ dueMs, subscription: { topic: { name: topic.name, uid: topic.uid }, name, uid } });
  if (dueMs - clock.nowMs() > CLOCK_EVERY_MS) return;
  const heldUntilMs = await locks.heldUntilMs(CLOCK);
  if (heldUntilMs === undefined || heldUntilMs <= clock.nowMs()) await starter.startClock();
}
