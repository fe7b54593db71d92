import type { MessageContent } from "./message.js";
import type { Offset } from "./slot.js";
import type { TopicRef } from "./topic.js";

/** A message's address: look-up by id needs no index. */
export interface MessageAddress {
  readonly topic: TopicRef;
  readonly partition: number;
  readonly offset: Offset;
}

/** `topic.uid.partition.offset`: readable, safe in a URL, and opaque to users all the same. */
export function messageId({ topic, partition, offset }: MessageAddress): string {
  return `${topic.name}.${topic.uid}.${partition}.${offset}`;
}

/** The id of a message that has its place: the one that it was given before, else its address. */
export const idOf = ({ givenId }: Pick<MessageContent, "givenId">, address: MessageAddress): string =>
  givenId ?? messageId(address);

/** The address that `id` names; undefined where it names none. */
export function parseMessageId(id: string): MessageAddress | undefined {
  const match = /^([\w-]{1,80})\.([\w-]{1,24})\.(\d{1,3})\.(\d{1,16})$/.exec(id);
  if (!match) return undefined;
  const [, name, uid, partition, offset] = match as unknown as [string, string, string, string, string];
  return { topic: { name, uid }, partition: Number(partition), offset: Number(offset) };
}
