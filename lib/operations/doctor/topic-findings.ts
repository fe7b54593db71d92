import type { DelayedEntry } from "../../domain/delayed.js";
import { type Found, duration, note, wrong } from "../../domain/finding.js";
import type { Page } from "../../domain/page.js";
import { SCHEDULES_AT_MOST, type ScheduleEntry } from "../../domain/schedule.js";
import { type Topic, publishIsPaused } from "../../domain/topic.js";
import type { Engine } from "../engine.js";
import { type OutboxEntry, listRefused, listWaiting } from "../manage/outbox.js";

const CLOCK = "look at the clock's alarms and its log, and whether its rule is enabled";

/** So late a delayed message, or a run, is at the most while a clock runs, and nothing holds its topic up. */
const LATE_MS = 60_000;

const HELD = {
  publish: "publishes are refused",
  delivery: "nothing is delivered",
  all: "publishes are refused, and nothing is delivered",
} as const;

/** What there is of a topic: the first of each, and all schedules. */
export interface AboutTopic {
  readonly delayed: DelayedEntry | undefined;
  readonly refused: OutboxEntry | undefined;
  readonly waiting: OutboxEntry | undefined;
  readonly schedules: readonly ScheduleEntry[];
}

export interface Limits {
  readonly nowMs: number;
  /** So old may a message be that is not done. */
  readonly maxAgeMs: number;
}

/** What is wrong with a topic itself. Reads the first of what waits of each kind. */
export async function topicFindings(engine: Engine, topic: Topic, limits: Limits): Promise<readonly Found[]> {
  const first = { limit: 1 };
  const [schedules, delayed, refused, waiting] = await Promise.all([
    engine.schedules.list(topic, { limit: SCHEDULES_AT_MOST }),
    engine.delayed.list(topic, first),
    listRefused(engine, topic.name, first),
    listWaiting(engine, topic.name, first),
  ]);
  const about: AboutTopic = {
    schedules: schedules.items,
    ...{ delayed: firstOf(delayed), refused: firstOf(refused), waiting: firstOf(waiting) },
  };
  return judgeTopic(topic, about, limits);
}

const firstOf = <T>({ items: [first] }: Page<T>): T | undefined => first;

export function judgeTopic(topic: Topic, about: AboutTopic, limits: Limits): readonly Found[] {
  const { name, paused } = topic;
  const { refused, schedules } = about;
  const found: Found[] = [];
  if (paused !== "none")
    found.push(note("paused", `it is paused: ${HELD[paused]}`, `sluice topics resume ${name}`));
  if (refused) {
    const what = `it refused a message that was committed to the outbox (${refused.why ?? "no reason"})`;
    found.push(wrong("outbox-refused", what, `sluice outbox ${name} --state refused`, refused.refusedAtMs));
  }
  for (const { name: schedule, lastRefusal } of schedules) {
    if (!lastRefusal) continue;
    const { atMs, detail } = lastRefusal;
    const what = `schedule ${schedule} did not run: its message does not fit the schema (${detail})`;
    const advice = `sluice schedules set ${name} ${schedule}, with a message that does`;
    found.push(wrong("schedule-refused", what, advice, atMs));
  }
  return publishIsPaused(topic) ? found : [...found, ...lateness(name, about, limits)];
}

/** What should have been published by now. */
function lateness(
  name: string,
  { delayed, waiting, schedules }: AboutTopic,
  { nowMs, maxAgeMs }: Limits,
): readonly Found[] {
  const found: Found[] = [];
  const lateMs = delayed ? nowMs - delayed.dueMs : 0;
  if (lateMs > LATE_MS) {
    const what = `a delayed message is ${duration(lateMs)} late: timers are not served`;
    found.push(wrong("delayed-late", what, CLOCK, delayed?.dueMs));
  }
  for (const { name: schedule, nextRunMs = nowMs } of schedules) {
    if (nowMs - nextRunMs <= LATE_MS) continue;
    const what = `schedule ${schedule} should have run ${duration(nowMs - nextRunMs)} ago: timers are not served`;
    found.push(wrong("schedule-late", what, CLOCK, nextRunMs));
  }
  const waitedMs = waiting ? nowMs - waiting.writtenAtMs : 0;
  if (waitedMs > maxAgeMs) {
    const what = `a message has waited in the outbox for ${duration(waitedMs)}`;
    const advice = `sluice outbox ${name}; look at the alarms of the relay and of the clock`;
    found.push(wrong("outbox-waits", what, advice, waiting?.writtenAtMs));
  }
  return found;
}
