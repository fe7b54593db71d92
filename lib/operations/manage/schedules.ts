import { isDeepStrictEqual } from "node:util";
import { timingProblems } from "../../domain/cron.js";
import {
  Conflict,
  InvalidRequest,
  ScheduleNotFound,
  TooManySchedules,
  TopicNotFound,
} from "../../domain/errors.js";
import type { MessageCopy } from "../../domain/dead-letter.js";
import { type Claim, unowned } from "../../domain/ownership.js";
import type { Page, PageRequest } from "../../domain/page.js";
import {
  SCHEDULES_AT_MOST,
  SCHEDULE_DEFAULTS,
  type Schedule,
  type ScheduleEntry,
  type ScheduleSettings,
  type ScheduledContent,
  scheduleEntry,
  scheduleTimer,
} from "../../domain/schedule.js";
import { rescheduled } from "../../domain/schedule-run.js";
import type { Topic } from "../../domain/topic.js";
import { startClockFor } from "../delay/delayed-timer.js";
import type { Engine } from "../engine.js";
import { bodyFaults } from "../publish/body-faults.js";
import { keptSettings, settingsKept } from "../schedule/kept-settings.js";
import { contentCopy, scheduledContent } from "../schedule/scheduled-content.js";
import { type MayDelete, claimed, ownershipIn } from "./claims.js";
import type { Put } from "./put.js";
import { getTopic } from "./topics.js";

const CHANGE_ATTEMPTS = 8;

/** A schedule, and what it publishes. */
export interface FoundSchedule {
  readonly schedule: ScheduleEntry;
  readonly message: ScheduledContent;
}

/** What has to be given; the rest has defaults. */
export type NewSchedule = Pick<ScheduleSettings, "cron" | "message"> & Partial<ScheduleSettings>;

/**
 * Creates a schedule, or changes it to these settings. Settings left out get their defaults. With `claim`, it belongs
 * to somebody from then on, and is only created: one that is there is a conflict.
 * @throws {TopicNotFound} {InvalidRequest} {SchemaViolated} {MessageTooLarge} {TooManySchedules} {Conflict}
 */
export async function putSchedule(
  engine: Engine,
  topicName: string,
  name: string,
  settings: NewSchedule,
  claim?: Claim,
): Promise<Put<FoundSchedule>> {
  const topic = await getTopic(engine, topicName);
  const nowMs = engine.clock.nowMs();
  const wanted: ScheduleSettings = { ...SCHEDULE_DEFAULTS, ...settings };
  const change = async (): Promise<Put<FoundSchedule>> => {
    if (claim) throw new Conflict(`creating schedule "${name}"`);
    return { created: false, value: await changeSchedule(engine, topicName, name, wanted) };
  };
  if (await engine.schedules.get(topic, name)) return await change();
  checkSettings(topic, wanted, nowMs);
  const { message, ...others } = wanted;
  const made: Schedule = {
    ...{ topic: { name: topic.name, uid: topic.uid }, name, uid: engine.random.nonce() },
    ...{ ...others, copy: await contentCopy(message) },
    ...{ createdAtMs: nowMs, updatedAtMs: nowMs, version: 1 },
    ...claimed(claim, undefined, ""),
  };
  await checkFits(engine, topic, message);
  const schedule = rescheduled(made, nowMs);
  const outcome = await engine.schedules.create(schedule);
  if (outcome.kind === "topic-gone") throw new TopicNotFound(topicName);
  if (outcome.kind === "too-many") throw new TooManySchedules(topicName, SCHEDULES_AT_MOST);
  if (outcome.kind === "exists") return await change();
  await startClockForNext(engine, schedule);
  return { created: true, value: { schedule: scheduleEntry(schedule), message } };
}

/** @throws {TopicNotFound} {ScheduleNotFound} */
export async function getSchedule(engine: Engine, topicName: string, name: string): Promise<FoundSchedule> {
  const schedule = await engine.schedules.get(await getTopic(engine, topicName), name);
  if (!schedule) throw new ScheduleNotFound(topicName, name);
  return { schedule: scheduleEntry(schedule), message: await scheduledContent(engine, schedule) };
}

/** A topic's schedules in order of name, without their messages. @throws {TopicNotFound} {InvalidRequest} */
export const listSchedules = async (
  engine: Engine,
  topicName: string,
  page: PageRequest,
): Promise<Page<ScheduleEntry>> => await engine.schedules.list(await getTopic(engine, topicName), page);

/**
 * Changes the given settings and leaves the others. Once it has another expression or time zone, or its pause ends, it
 * counts from now: what was due before and has not run falls away. `claim` decides whom it belongs to then: a construct
 * may go back to a message that the topic's schema takes no more, since a rollback must not fail. Its runs say so.
 * @throws {TopicNotFound} {ScheduleNotFound} {InvalidRequest} {SchemaViolated} {MessageTooLarge} {Conflict}
 */
export async function changeSchedule(
  engine: Engine,
  topicName: string,
  name: string,
  change: Partial<ScheduleSettings>,
  claim?: Claim,
): Promise<FoundSchedule> {
  const { message, ...others } = change;
  const copy = message && (await contentCopy(message));
  for (let attempt = 1; attempt <= CHANGE_ATTEMPTS; attempt++) {
    const topic = await getTopic(engine, topicName);
    const there = await engine.schedules.get(topic, name);
    if (!there) throw new ScheduleNotFound(topicName, name);
    const nowMs = engine.clock.nowMs();
    const kept = message ?? (await scheduledContent(engine, there));
    const settings = { ...there, ...others, message: kept };
    checkSettings(topic, settings, nowMs);
    const own = claim ? claimed(claim, there.ownership, keptSettings(there)) : there;
    const next = { ...withCopy(unowned(there), copy), ...others, ...ownershipIn(own) };
    if (!claim && next.copy !== there.copy) await checkFits(engine, topic, kept);
    const found = { schedule: scheduleEntry(there), message: settings.message };
    if (isSame(there, next)) return found;
    const changed = { ...moved(there, next, nowMs), updatedAtMs: nowMs, version: there.version + 1 };
    if ((await engine.schedules.update(changed)) === "conflict") continue;
    await forgetTimer(engine, there);
    await startClockForNext(engine, changed);
    return { ...found, schedule: scheduleEntry(changed) };
  }
  throw new Conflict(`changing schedule "${name}"`);
}

/** Gives it back to whom it belonged to before, with the settings of then. @throws as `changeSchedule` */
export async function handBackSchedule(
  engine: Engine,
  topicName: string,
  name: string,
  settings: string | undefined,
  claim: Claim,
): Promise<void> {
  const change = settings === undefined ? {} : await settingsKept(engine, name, settings);
  await changeSchedule(engine, topicName, name, change, claim);
}

/** With another message. What was said of the one before falls away. */
function withCopy({ lastRefusal, ...there }: Schedule, copy: MessageCopy | undefined): Schedule {
  if (copy && copy.checksum !== there.copy.checksum) return { ...there, copy };
  return { ...there, ...(lastRefusal ? { lastRefusal } : {}) };
}

/** What changes when it runs has it count from now. */
function moved(before: Schedule, after: Schedule, nowMs: number): Schedule {
  const isOther =
    before.cron !== after.cron || before.timeZone !== after.timeZone || before.paused !== after.paused;
  return isOther ? rescheduled(after, nowMs) : after;
}

/**
 * Deletes a schedule: from then on it publishes nothing. With `mayDelete`, only while that is true of its owner.
 * @throws {TopicNotFound} {ScheduleNotFound}
 * @throws {Conflict} if its owner has changed
 */
export async function deleteSchedule(
  engine: Engine,
  topicName: string,
  name: string,
  mayDelete?: MayDelete,
): Promise<void> {
  const topic = await getTopic(engine, topicName);
  for (let attempt = 1; attempt <= CHANGE_ATTEMPTS; attempt++) {
    const there = await engine.schedules.get(topic, name);
    if (!there) throw new ScheduleNotFound(topicName, name);
    if (mayDelete?.(there.ownership) === false) break;
    // Each run is another version: whether it may be deleted is asked of the one that is.
    const outcome = await engine.schedules.delete(there, mayDelete ? there.version : undefined);
    if (outcome === "changed") continue;
    if (outcome === "gone") throw new ScheduleNotFound(topicName, name);
    await forgetTimer(engine, there);
    return;
  }
  throw new Conflict(`deleting schedule "${name}"`);
}

/** It leads to nothing any more, or has another one in its place. One that is left fires for nothing, once. */
async function forgetTimer({ timers, telemetry }: Engine, schedule: ScheduleEntry): Promise<void> {
  const timer = scheduleTimer(schedule);
  if (!timer) return;
  try {
    await timers.remove(timer);
  } catch (error) {
    telemetry.event("timer-not-removed", "info", { schedule: schedule.name, error: String(error) });
  }
}

async function startClockForNext(engine: Engine, { nextRunMs }: ScheduleEntry): Promise<void> {
  if (nextRunMs !== undefined) await startClockFor(engine, nextRunMs);
}

/** @throws {InvalidRequest} */
function checkSettings({ ordering }: Topic, settings: ScheduleSettings, nowMs: number): void {
  const problems = [...timingProblems(settings, nowMs)];
  if (ordering === "key" && settings.message.key === undefined)
    problems.push({ path: "message.key", detail: 'is required: the topic\'s ordering is "key"' });
  if (problems.length > 0) throw new InvalidRequest(problems);
}

/** @throws {SchemaViolated} {Throttled} */
async function checkFits(engine: Engine, topic: Topic, message: ScheduledContent): Promise<void> {
  const [fault] = await bodyFaults(engine, topic, [message]);
  if (fault) throw fault instanceof InvalidRequest ? fault.below("message") : fault;
}

const SETTINGS = ["cron", "timeZone", "paused", "description", "ownership"] as const;

const isSame = (one: Schedule, other: Schedule): boolean =>
  SETTINGS.every((setting) => isDeepStrictEqual(one[setting], other[setting])) &&
  one.copy.checksum === other.copy.checksum;
