import { Conflict, type InvalidRequest } from "../../domain/errors.js";
import {
  MISSED_AFTER_MS,
  type Schedule,
  refusalDetail,
  runId,
  scheduleTimer,
} from "../../domain/schedule.js";
import { afterRefusal, afterRun } from "../../domain/schedule-run.js";
import type { ScheduleTimer } from "../../domain/timer.js";
import { type Topic, publishIsPaused } from "../../domain/topic.js";
import { backOff } from "../contention.js";
import { laterWhilePaused } from "../delay/delayed-timer.js";
import type { Engine } from "../engine.js";
import { publishRun } from "./publish-run.js";

const ATTEMPTS = 8;

/**
 * Runs a schedule that is due, and tells when the timer is due again, if it is. What was missed is made up for by one
 * run. A timer that leads to nothing is of a schedule that was changed, or has run: that has set another one.
 */
export async function runSchedule(engine: Engine, timer: ScheduleTimer): Promise<number | undefined> {
  const { topics, schedules, clock, telemetry } = engine;
  const names = { topic: timer.topic.name, schedule: timer.schedule };
  try {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const topic = await topics.get(timer.topic.name);
      if (topic?.uid !== timer.topic.uid) return undefined;
      const schedule = await schedules.get(topic, timer.schedule);
      // A clock that was set back since it saw that the timer is due must not take it away.
      const nowMs = Math.max(clock.nowMs(), timer.dueMs);
      const dueMs = schedule?.nextRunMs;
      if (!schedule || dueMs === undefined) return undefined;
      if (dueMs > nowMs) return isOwn(timer, schedule) ? dueMs : undefined;
      if (publishIsPaused(topic)) return laterWhilePaused(nowMs);
      if (await hasRun(engine, topic, schedule, dueMs, nowMs)) return undefined;
      await backOff(engine, attempt);
    }
    throw new Conflict(`running schedule "${timer.schedule}"`);
  } catch (error) {
    telemetry.event("schedule-run-failed", "error", { ...names, error: String(error) });
    throw error;
  }
}

/** A clock that was set back may have put it off to before its time: nobody else has another one. */
const isOwn = (timer: ScheduleTimer, schedule: Schedule): boolean =>
  scheduleTimer(schedule)?.nonce === timer.nonce;

/** `false`: it was changed meanwhile, and is to be looked at again. */
async function hasRun(
  engine: Engine,
  topic: Topic,
  schedule: Schedule,
  dueMs: number,
  nowMs: number,
): Promise<boolean> {
  const messageId = runId(schedule, dueMs);
  const next = afterRun(schedule, dueMs, { messageId, nowMs });
  const outcome = await publishRun(engine, topic, schedule, { messageId, next, nowMs });
  if (outcome.kind === "refused") return await isPassedOver(engine, schedule, dueMs, nowMs, outcome.fault);
  if (outcome.kind !== "ran") return false;
  const lateMs = outcome.publishedAtMs - dueMs;
  const fields = { topic: topic.name, schedule: schedule.name, messageId, lateMs };
  engine.telemetry.event("schedule-ran", "info", fields);
  if (lateMs > MISSED_AFTER_MS) engine.telemetry.event("schedule-run-made-up", "warn", fields);
  return true;
}

/**
 * The topic refuses this run as it would any other publish, and nobody is there to be told: the schedule says so, and
 * goes on with its next time. To try again before would fail again. `false`: it was changed meanwhile.
 */
async function isPassedOver(
  { schedules, telemetry }: Engine,
  schedule: Schedule,
  dueMs: number,
  nowMs: number,
  fault: InvalidRequest,
): Promise<boolean> {
  const detail = refusalDetail(fault.errors);
  const next = afterRefusal(schedule, dueMs, { atMs: nowMs, detail });
  if ((await schedules.update(next)) === "conflict") return false;
  const { topic, name } = schedule;
  telemetry.event("schedule-run-refused", "error", { topic: topic.name, schedule: name, dueMs, detail });
  return true;
}
