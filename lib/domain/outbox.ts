import { hashBelow } from "./hash.js";
import type { Erasure, MessageContent } from "./message.js";

/**
 * A topic's messages wait in its outbox under this many partition keys, by the hash of their ordering key. One key
 * takes 1,000 write units a second, and a small message needs four of them: two as it is put, two as it is taken. Each
 * doorbell is answered by a look at one key, so there are few. A change would put a key's messages under two of them:
 * never.
 */
export const OUTBOX_SHARDS = 16;

/** A part of a topic's outbox. The topic is named only: whoever writes there does not know its uid. */
export interface OutboxShard {
  readonly topic: string;
  readonly shard: number;
}

/** Where one message waits. */
export interface OutboxRef extends OutboxShard {
  /** Sorts by the time at which it was written; of one process, as it wrote them. */
  readonly name: string;
}

/** A message that somebody's own transaction stored, on its way into the log. */
export interface OutboxMessage extends OutboxRef {
  /** undefined if the item cannot be read; then `fault` says why, unless a newer release can. */
  readonly content: MessageContent | undefined;
  readonly fault?: string;
  readonly isTooNew?: boolean;
  /** Of the stored item. */
  readonly sizeBytes: number;
}

/** A message that its topic refused: kept outside the outbox, where it blocks nobody. */
export interface RefusedMessage extends OutboxMessage {
  readonly why: string;
  readonly refusedAtMs: number;
  /** Its content was taken out for good, here or while it waited: nothing is left of it but this. */
  readonly erased?: Erasure;
}

/** Why an erased message is not published. */
export const ERASED_WHY = "its content was erased";

/** So long a refused message is kept: as long as a dead letter. */
export const REFUSED_FOR_MS = 14 * 86_400_000;

/** What one look at a shard brings at the most: of small messages, the objects take more memory than the bytes. */
export const OLDEST_AT_MOST = { bytes: 1_048_576, messages: 1_000 } as const;

const TIME_DIGITS = 9;
const COUNT_DIGITS = 6;
const NAME = /^[0-9a-z]{9}-[0-9a-z]{6}-[0-9a-z]{16}$/;
const TOPIC = /^[A-Za-z0-9_-]{1,80}$/;

/** When it was written, and which of that millisecond it is. */
export interface WrittenAt {
  readonly ms: number;
  readonly count: number;
}

/** The next one of a process: later than `last`, also if the clock was set back. */
export const writtenAfter = (last: WrittenAt | undefined, nowMs: number): WrittenAt =>
  last && nowMs <= last.ms ? { ms: last.ms, count: last.count + 1 } : { ms: nowMs, count: 0 };

/** `nonce`: 16 characters from a-z and 0-9. */
export const outboxName = ({ ms, count }: WrittenAt, nonce: string): string =>
  `${ms.toString(36).padStart(TIME_DIGITS, "0")}-${count.toString(36).padStart(COUNT_DIGITS, "0")}-${nonce}`;

export const isOutboxName = (name: string): boolean => NAME.test(name);

/** By the clock of whoever wrote it; 0 if the library did not. */
export const writtenAtMs = (name: string): number =>
  isOutboxName(name) ? parseInt(name.slice(0, TIME_DIGITS), 36) : 0;

/** `key`: the message's ordering key, otherwise anything of its own. */
export const outboxShardOf = (topic: string, key: string): OutboxShard => ({
  topic,
  shard: hashBelow(key, OUTBOX_SHARDS),
});

/** The outbox's partition key. It begins with the topic, so that a policy can divide topics. */
export const outboxShardKey = ({ topic, shard }: OutboxShard): string => `${topic}#${shard}`;

/** The inverse of {@link outboxShardKey}; undefined for anything else. */
export function parseOutboxShardKey(key: string): OutboxShard | undefined {
  const [topic = "", shard = "", ...rest] = key.split("#");
  if (rest.length > 0 || !TOPIC.test(topic) || !/^(0|[1-9]\d?)$/.test(shard)) return undefined;
  return Number(shard) < OUTBOX_SHARDS ? { topic, shard: Number(shard) } : undefined;
}

/** The id that a message has from the start, and keeps in the log. */
export const outboxMessageId = ({ topic, name }: Pick<OutboxRef, "topic" | "name">): string =>
  `${topic}.${name}`;
