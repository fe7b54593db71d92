import { isPushable } from "../../domain/lane.js";
import { type SubscriptionTimer, type Timer, putOff, timerName, timerSubject } from "../../domain/timer.js";
import type { Engine } from "../engine.js";
import { tryToStart } from "../push/start-pumps.js";
import { eraseAgain } from "../erase/erase-again.js";
import { publishDue } from "../delay/publish-due.js";
import { goOnWithJob } from "../redrive/go-on.js";
import { runSchedule } from "../schedule/run-schedule.js";

/**
 * Does a timer's work, then removes the timer. A crash in between repeats the work, which does no harm. A timer whose
 * work fails is put off.
 */
export async function fire(engine: Engine, timer: Timer): Promise<void> {
  try {
    const laterMs = await workOf(engine, timer);
    if (laterMs === undefined) await engine.timers.remove(timer);
    else {
      const { failures: _, ...done } = timer;
      await engine.timers.replace(timer, { ...done, dueMs: laterMs });
    }
  } catch (error) {
    await putOffTimer(engine, timer, error);
  }
}

/** Does the work of a timer, and tells when it is due again, if it is. */
function workOf(engine: Engine, timer: Timer): Promise<number | undefined> {
  if (timer.kind === "delayed") return publishDue(engine, timer);
  if (timer.kind === "schedule") return runSchedule(engine, timer);
  if (timer.kind === "erase") return eraseAgain(engine, timer);
  return timer.kind === "wake-up" ? wakeUp(engine, timer) : goOnWithJob(engine, timer);
}

/** One that is asleep is woken when its target is to be tried: of several timers for that, one is left. */
async function wakeUp(engine: Engine, timer: SubscriptionTimer): Promise<number | undefined> {
  const { topic: ref, name, uid } = timer.subscription;
  const topic = await engine.topics.get(ref.name);
  if (topic?.uid !== ref.uid) return undefined;
  const subscription = await engine.subscriptions.get(topic, name);
  if (subscription?.uid !== uid || !isPushable({ topic, subscription })) return undefined;
  const started = await tryToStart(engine, subscription);
  return started.kind === "asleep" && started.untilMs !== timer.dueMs ? started.untilMs : undefined;
}

/**
 * Replaces the timer by a later one in one step, so that timers do not multiply while their store fails. If that fails
 * too, the timer stays and is tried again at the next step.
 */
async function putOffTimer(engine: Engine, timer: Timer, error: unknown): Promise<void> {
  const { timers, clock, telemetry } = engine;
  const later = putOff(timer, clock.nowMs());
  telemetry.event("timer-failed", "warn", {
    kind: timer.kind,
    ...timerSubject(timer),
    failures: later.failures,
    error: String(error),
  });
  try {
    await timers.replace(timer, later);
  } catch (cause) {
    telemetry.event("timer-not-put-off", "warn", {
      key: timerName(timer),
      error: String(cause),
    });
  }
}
