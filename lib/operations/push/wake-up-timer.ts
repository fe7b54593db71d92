import type { Subscription } from "../../domain/subscription.js";
import type { Engine } from "../engine.js";
import { CLOCK_EVERY_MS, startIdleClock } from "./start-clock.js";

/**
 * Has the pumps woken when the subscription's next retry is due. The rule's clock comes too late for one that is due
 * within the minute: for that one a clock is started.
 */
export async function setWakeUp(engine: Engine, subscription: Subscription): Promise<void> {
  const { progress, timers, clock } = engine;
  const dueMs = await progress.nextDueMs(subscription);
  if (dueMs === undefined) return;
  const { topic, name, uid } = subscription;
  const ref = { topic: { name: topic.name, uid: topic.uid }, name, uid };
  await timers.set({ kind: "wake-up", dueMs, subscription: ref });
  if (dueMs - clock.nowMs() <= CLOCK_EVERY_MS) await startIdleClock(engine);
}
