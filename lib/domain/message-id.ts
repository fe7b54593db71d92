import { invariant } from "./invariant.js";
import type { MessageContent } from "./message.js";
import type { Offset } from "./slot.js";
import type { TopicRef } from "./topic.js";

/** A message's address. With it, finding a message by id needs no index. */
export interface MessageAddress {
  readonly topic: TopicRef;
  readonly partition: number;
  readonly offset: Offset;
}

/** `topic.uid.partition.offset`: readable and safe in a URL, but opaque to users. */
export function messageId({ topic, partition, offset }: MessageAddress): string {
  return `${topic.name}.${topic.uid}.${partition}.${offset}`;
}

/** An id that a message was given before it had its place in a log. */
export interface GivenId {
  /** The topic's name: whoever gives the id need not know which life of the topic this is. */
  readonly topic: string;
  /** From this time on its message may be in the log, epoch milliseconds. */
  readonly timeMs: number;
  /** Tells it from all others of this time: 16 to 48 characters of `A-Za-z0-9_-`. */
  readonly nonce: string;
}

/** Ids of the same topic sort by their times. */
const TIME_DIGITS = 9;

/** `topic.time-nonce`: one part less than an address, so that neither is taken for the other. */
export function givenId({ topic, timeMs, nonce }: GivenId): string {
  const id = `${topic}.${timeMs.toString(36).padStart(TIME_DIGITS, "0")}-${nonce}`;
  invariant(parseGivenId(id)?.timeMs === timeMs, "a given id can be read back");
  return id;
}

/** What `id` was given as; undefined if it is an address, or none of ours. */
export function parseGivenId(id: string): GivenId | undefined {
  const match = /^([\w-]{1,80})\.([0-9a-z]{9})-([\w-]{16,48})$/.exec(id);
  if (!match) return undefined;
  const [, topic, time, nonce] = match as unknown as [string, string, string, string];
  return { topic, timeMs: parseInt(time, 36), nonce };
}

/** A stored message's id: the one that it was given before, otherwise its address. */
export const idOf = ({ givenId }: Pick<MessageContent, "givenId">, address: MessageAddress): string =>
  givenId ?? messageId(address);

/** The address in `id`; undefined if it is not an address. */
export function parseMessageId(id: string): MessageAddress | undefined {
  const match = /^([\w-]{1,80})\.([\w-]{1,24})\.(\d{1,3})\.(\d{1,16})$/.exec(id);
  if (!match) return undefined;
  const [, name, uid, partition, offset] = match as unknown as [string, string, string, string, string];
  return { topic: { name, uid }, partition: Number(partition), offset: Number(offset) };
}
