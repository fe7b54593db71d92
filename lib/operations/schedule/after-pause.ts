import { scheduleTimer } from "../../domain/schedule.js";
import type { ScheduleEntry } from "../../domain/schedule.js";
import type { Topic, TopicRef } from "../../domain/topic.js";
import { startClockFor } from "../delay/delayed-timer.js";
import type { Engine } from "../engine.js";

const PAGE = 100;

/** A topic's schedules, page by page, without their messages. */
export async function* everySchedule(
  { schedules }: Engine,
  topic: TopicRef,
): AsyncGenerator<readonly ScheduleEntry[]> {
  let cursor: string | undefined;
  do {
    const page = await schedules.list(topic, { limit: PAGE, ...(cursor ? { cursor } : {}) });
    yield page.items;
    cursor = page.nextCursor;
  } while (cursor);
}

/** As the pause of a topic ends: the timers of what was due meanwhile have been put off. */
export async function runWhatWaited(engine: Engine, topic: Topic): Promise<void> {
  const nowMs = engine.clock.nowMs();
  let isAnyDue = false;
  for await (const page of everySchedule(engine, topic)) {
    for (const schedule of page) {
      const timer = scheduleTimer(schedule);
      if (!timer || timer.dueMs > nowMs) continue;
      isAnyDue = true;
      await engine.timers.set(timer);
    }
  }
  if (isAnyDue) await startClockFor(engine, nowMs);
}
