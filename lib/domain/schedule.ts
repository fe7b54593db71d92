import type { Timing } from "./cron.js";
import type { MessageCopy } from "./dead-letter.js";
import type { FieldProblem } from "./errors.js";
import { bytesDigest } from "./hash.js";
import type { MessageContent } from "./message.js";
import { givenId } from "./message-id.js";
import type { Ownable } from "./ownership.js";
import type { ScheduleTimer } from "./timer.js";
import type { TopicRef } from "./topic.js";

/** What each run publishes. What depends on when it is published is not part of it. */
export type ScheduledContent = Omit<
  MessageContent,
  "expiresAtMs" | "publishedBy" | "requestId" | "traceparent" | "dedupId" | "givenId"
> & {
  /** Counted from its run. */
  readonly expiresInSeconds?: number;
};

/** The settings that users can change. */
export interface ScheduleSettings extends Timing {
  readonly message: ScheduledContent;
  /** It does not run, and what falls into the pause is not made up for. */
  readonly paused: boolean;
  readonly description: string;
}

export const SCHEDULE_DEFAULTS = { timeZone: "UTC", paused: false, description: "" } as const;

/** One life of a named schedule of a topic. */
export interface ScheduleRef {
  readonly topic: TopicRef;
  readonly name: string;
  readonly uid: string;
}

/** A run whose message the topic did not take. */
export interface RunRefusal {
  readonly atMs: number;
  readonly detail: string;
}

/** What is known of a schedule without its message. Times are epoch milliseconds. */
export interface ScheduleEntry extends ScheduleRef, Timing, Ownable {
  readonly paused: boolean;
  readonly description: string;
  /** undefined while it is paused, or if no further run comes. */
  readonly nextRunMs?: number;
  /** When it last published a message, by itself or by an operator's word. */
  readonly lastRunMs?: number;
  readonly lastMessageId?: string;
  /** The time that its last run by itself was due for: it never runs for that time, or an earlier one, again. */
  readonly lastDueMs?: number;
  /** Why its last run published nothing. undefined: it did, or what it would publish has been changed since. */
  readonly lastRefusal?: RunRefusal;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  /** Raised by every change and every run, which compare it first. */
  readonly version: number;
}

/** A message that is published again and again. */
export interface Schedule extends ScheduleEntry {
  readonly copy: MessageCopy;
}

/** Each run rewrites the item, with its message in it. */
export const SCHEDULED_LIMIT_BYTES = 32 * 1024;
export const SCHEDULES_AT_MOST = 100;

/** A run that comes later than this after its time was missed: it is made up for, once. */
export const MISSED_AFTER_MS = 60_000;

/** The timer that leads to its next run: set in the very write that says when that is, and so told by its version. */
export function scheduleTimer({
  topic,
  name,
  uid,
  nextRunMs,
  version,
}: ScheduleEntry): ScheduleTimer | undefined {
  if (nextRunMs === undefined) return undefined;
  const { name: topicName, uid: topicUid } = topic;
  const nonce = `${uid}-${version}`;
  return {
    kind: "schedule",
    topic: { name: topicName, uid: topicUid },
    schedule: name,
    nonce,
    dueMs: nextRunMs,
  };
}

/** The id of the run for that time: the same whoever publishes it. */
export const runId = ({ topic, uid }: ScheduleRef, dueMs: number): string =>
  givenId({ topic: topic.name, timeMs: dueMs, nonce: uid });

/** The id of a run by an operator's word. */
export const runNowId = ({ topic, uid }: ScheduleRef, nowMs: number, nonce: string): string =>
  givenId({ topic: topic.name, timeMs: nowMs, nonce: `${uid}${nonce}` });

/** How long a request to run now that has a key is known. */
export const RUN_NOW_KNOWN_FOR_MS = 86_400_000;
const DIGEST_BYTES = 24;

/** The record by which such a request is carried out once. */
export const runNowName = ({ topic, uid }: ScheduleRef, key: string): string =>
  `run#${topic.name}#${topic.uid}#${uid}#${bytesDigest(key).subarray(0, DIGEST_BYTES).toString("base64url")}`;

/** The message of one run. */
export const messageOfRun = (
  { expiresInSeconds, ...content }: ScheduledContent,
  id: string,
  atMs: number,
): MessageContent => ({
  ...content,
  givenId: id,
  ...(expiresInSeconds === undefined ? {} : { expiresAtMs: atMs + expiresInSeconds * 1_000 }),
});

/** It is stored with the schedule, which each run rewrites. */
const REFUSAL_CHARACTERS = 500;

/** What was wrong with a run's message, in one line. */
export function refusalDetail(problems: readonly FieldProblem[]): string {
  const text = problems.map(({ path, detail }) => `${path} ${detail}`).join("; ");
  return text.length > REFUSAL_CHARACTERS ? `${text.slice(0, REFUSAL_CHARACTERS)}…` : text;
}

export function scheduleEntry({ copy: _, ...entry }: Schedule): ScheduleEntry {
  return entry;
}
