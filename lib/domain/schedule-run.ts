import { nextRunAfter } from "./cron.js";
import type { RunRefusal, Schedule, ScheduleEntry } from "./schedule.js";

/** Its next run from now on. A clock that is behind the one of its last run does not make that come again. */
export function rescheduled<T extends ScheduleEntry>({ nextRunMs: _, ...schedule }: T, nowMs: number): T {
  const nextRunMs = schedule.paused
    ? undefined
    : nextRunAfter(schedule, Math.max(nowMs, schedule.lastDueMs ?? 0));
  return { ...schedule, ...(nextRunMs === undefined ? {} : { nextRunMs }) } as T;
}

/** What a run published, and when. */
interface Run {
  readonly messageId: string;
  readonly nowMs: number;
}

/** Once it has run for its next run's time: whatever else was missed until now falls away. */
export function afterRun(schedule: Schedule, dueMs: number, { messageId, nowMs }: Run): Schedule {
  const { lastRefusal: _, ...before } = schedule;
  const ran = { ...before, lastDueMs: dueMs, lastRunMs: nowMs, lastMessageId: messageId };
  return { ...rescheduled(ran, nowMs), version: schedule.version + 1 };
}

/** Once the topic has refused the message of its next run's time: it goes on with the one after it. */
export function afterRefusal(schedule: Schedule, dueMs: number, lastRefusal: RunRefusal): Schedule {
  const refused = { ...schedule, lastDueMs: dueMs, lastRefusal };
  return { ...rescheduled(refused, lastRefusal.atMs), version: schedule.version + 1 };
}

/** Once it has run by an operator's word, which changes nothing of when it runs by itself. */
export function afterRunNow(schedule: Schedule, { messageId, nowMs }: Run): Schedule {
  const { lastRefusal: _, ...before } = schedule;
  return { ...before, lastRunMs: nowMs, lastMessageId: messageId, version: schedule.version + 1 };
}
