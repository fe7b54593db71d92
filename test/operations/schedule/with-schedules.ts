import type { ScheduledContent } from "../../../lib/domain/schedule.js";
import { type NewSchedule, putSchedule } from "../../../lib/operations/manage/schedules.js";
import type { Engine } from "../../../lib/operations/engine.js";
import type { TopicSettings } from "../../../lib/domain/topic.js";
import type { ScheduleTimer } from "../../../lib/domain/timer.js";
import { fire } from "../../../lib/operations/clock/fire.js";
import { drained, withAudit } from "../a-consumer.js";

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;

export const content = (body: string, more: Partial<ScheduledContent> = {}): ScheduledContent => ({
  body,
  contentType: "text/plain",
  ...more,
});

/** A topic with a consumer, and a clock that shows a whole hour. */
export async function withSchedules(topic: Partial<TopicSettings> = {}) {
  const audit = await withAudit({ topic });
  const { clock } = audit;
  clock.advance(HOUR_MS - (clock.nowMs() % HOUR_MS));
  return { ...audit, startMs: clock.nowMs(), clockProcess: audit.process() };
}

/** Hourly, unless told. */
export const schedule = (engine: Engine, name: string, settings: Partial<NewSchedule> = {}) =>
  putSchedule(engine, "orders", name, { cron: "0 * * * *", message: content(name), ...settings });

export const timersIn = (engine: Engine) => engine.timers.due(Infinity, 1_000);
export const firstTimer = async (engine: Engine) => (await timersIn(engine))[0] as ScheduleTimer;

/** Does the work of each timer that is due, once. */
export async function fireDue(engine: Engine): Promise<void> {
  for (const timer of await engine.timers.due(engine.clock.nowMs(), 1_000)) await fire(engine, timer);
}

export const bodiesInLog = async (engine: Engine): Promise<unknown[]> => await drained(engine);
