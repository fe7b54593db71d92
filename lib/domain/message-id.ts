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
