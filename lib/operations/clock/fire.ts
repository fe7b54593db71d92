import { isPushable } from "../../domain/lane.js";
import { subscriptionKey } from "../../domain/subscription.js";
import { type Timer, putOff } from "../../domain/timer.js";
import type { Engine } from "../engine.js";
import { startIdlePump } from "../push/start-pumps.js";

/**
 * Does a timer's work, then removes the timer. A crash in between repeats the work, which does no harm. A timer whose
 * work fails is put off.
 */
export async function fire(engine: Engine, timer: Timer): Promise<void> {
  try {
    await WORK[timer.kind](engine, timer);
    await engine.timers.remove(timer);
  } catch (error) {
    await putOffTimer(engine, timer, error);
  }
}

const WORK: Readonly<Record<Timer["kind"], (engine: Engine, timer: Timer) => Promise<void>>> = {
  "wake-up": wakeUp,
};

async function wakeUp(engine: Engine, { subscription: { topic: ref, name, uid } }: Timer): Promise<void> {
  const topic = await engine.topics.get(ref.name);
  if (topic?.uid !== ref.uid) return;
  const subscription = await engine.subscriptions.get(topic, name);
  if (subscription?.uid === uid && isPushable({ topic, subscription }))
    await startIdlePump(engine, subscription);
}

/**
 * Replaces the timer by a later one in one step, so that timers do not multiply while their store fails. If that fails
 * too, the timer stays and is tried again at the next step.
 */
async function putOffTimer(engine: Engine, timer: Timer, error: unknown): Promise<void> {
  const { timers, clock, telemetry } = engine;
  const later = putOff(timer, clock.nowMs());
  const { kind, subscription } = timer;
  telemetry.event("timer-failed", "warn", {
    kind,
    topic: subscription.topic.name,
    subscription: subscription.name,
    failures: later.failures,
    error: String(error),
  });
  try {
    await timers.replace(timer, later);
  } catch (cause) {
    telemetry.event("timer-not-put-off", "warn", {
      key: subscriptionKey(subscription),
      error: String(cause),
    });
  }
}
