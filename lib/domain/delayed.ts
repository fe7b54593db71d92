import type { MessageCopy } from "./dead-letter.js";
import type { Beside } from "./beside.js";
import { hashBelow } from "./hash.js";
import { invariant } from "./invariant.js";
import { givenId, parseGivenId } from "./message-id.js";
import type { TopicRef } from "./topic.js";

/** What is known of a delayed message without its content. Times are epoch milliseconds. */
export interface DelayedEntry {
  /** Given when it was scheduled; it keeps it once it is published. */
  readonly id: string;
  readonly dueMs: number;
  readonly scheduledAtMs: number;
  readonly contentType: string;
  readonly bodyBytes: number;
  readonly key?: string;
  readonly tag?: string;
  readonly businessKey?: string;
  readonly expiresAtMs?: number;
}

/** A message that goes into its topic's log once it is due. */
export interface Delayed extends DelayedEntry {
  readonly copy: MessageCopy;
}

/** A topic's delayed messages are spread over so many partition keys; each takes 1,000 writes a second. */
export const DELAYED_KEYS = 8;

/** Times are rounded up to this, so that many messages share a timer. */
const STEP_MS = 200;

export const roundedDueMs = (dueMs: number): number => Math.ceil(dueMs / STEP_MS) * STEP_MS;

/** How long a cancellation is remembered, so that a repeated one is told the same. */
export const CANCELLED_FOR_MS = 86_400_000;

const TIME_DIGITS = 9;
const INDEX_DIGITS = 2;
const digits = (value: number, count: number): string => value.toString(36).padStart(count, "0");

interface Given {
  readonly dueMs: number;
  readonly scheduledAtMs: number;
  /** Its place in its request. */
  readonly index: number;
  readonly nonce: string;
}

/** Ids of a topic sort by the times at which they are due, then in the order in which they were sent. */
export const delayedId = (topic: TopicRef, { dueMs, scheduledAtMs, index, nonce }: Given): string =>
  givenId({
    topic: topic.name,
    timeMs: dueMs,
    nonce: digits(scheduledAtMs, TIME_DIGITS) + digits(index, INDEX_DIGITS) + nonce,
  });

/** What names the object of a delayed message, if it had one; undefined for an id that no delayed message was given. */
export function delayedObjectName(id: string): string | undefined {
  const nonce = parseGivenId(id)?.nonce.slice(TIME_DIGITS + INDEX_DIGITS);
  return nonce === undefined || nonce === "" ? undefined : nonce;
}

/** The partition key with that number. */
export const delayedGroup = ({ name, uid }: TopicRef, key: number): string => `${name}#${uid}#${key}`;

/** Where the message with this id waits; undefined for an id of another topic, or one that was not given. */
export function delayedKey(topic: TopicRef, id: string): { group: string; place: string } | undefined {
  if (parseGivenId(id)?.topic !== topic.name) return undefined;
  return { group: delayedGroup(topic, hashBelow(id, DELAYED_KEYS)), place: placeOf(topic, id) };
}

/** The id without its topic: places sort as ids do. */
const placeOf = ({ name }: TopicRef, id: string): string => id.slice(name.length + 1);

/** Every place that is due by `untilMs` is below this. */
export const placeAfter = (untilMs: number): string => digits(untilMs + 1, TIME_DIGITS);

/** What an append takes away as it publishes this message. */
export function taking(topic: TopicRef, { id }: Pick<DelayedEntry, "id">): Beside {
  const key = delayedKey(topic, id);
  invariant(key !== undefined, "a delayed message has an id of its topic");
  return { kind: "take", from: "delayed", ...key };
}

/** The entry without the content. */
export function delayedEntry({ copy: _, ...entry }: Delayed): DelayedEntry {
  return entry;
}
