import { putOutboxItem } from "../../lib/adapters/memory/outbox-store.js";
import type { MemoryStorage } from "../../lib/adapters/memory/storage.js";
import { decodeMessages } from "../../lib/domain/slot-codec.js";
import type { MessageContent } from "../../lib/domain/message.js";
import {
  OUTBOX_SHARDS,
  type OutboxRef,
  type OutboxShard,
  outboxName,
  outboxShardOf,
  writtenAfter,
  type WrittenAt,
} from "../../lib/domain/outbox.js";
import { outboxItemOf } from "../../lib/domain/outbox-item.js";

/** All shards of a topic. */
export const shardsOf = (topic: string): readonly OutboxShard[] =>
  Array.from({ length: OUTBOX_SHARDS }, (_, shard) => ({ topic, shard }));

/** A service that writes into the outbox, as the client library would, but for chance. */
export function aService(storage: MemoryStorage, nowMs: () => number, name = 0) {
  let last: WrittenAt | undefined;
  let number = 0;
  return (topic: string, body: string, more: Partial<MessageContent> = {}): OutboxRef => {
    last = writtenAfter(last, nowMs());
    const nonce = `${name}x${number++}`.padStart(16, "0");
    const ref = { ...outboxShardOf(topic, more.key ?? nonce), name: outboxName(last, nonce) };
    const content = { body: JSON.stringify(body), contentType: "application/json", ...more };
    putOutboxItem(storage, outboxItemOf(ref, content));
    return ref;
  };
}

/** The messages of a log in memory, by partition, in their order. */
export function loggedIn(storage: MemoryStorage): readonly (readonly MessageContent[])[] {
  return [...storage.logs.values()].map((slots) =>
    slots.flatMap((slot) => {
      const bytes =
        slot.content.kind === "inline" ? slot.content.bytes : storage.segments.get(slot.content.key);
      return decodeMessages(slot, bytes ?? new Uint8Array());
    }),
  );
}

/** The texts of all messages, partition by partition. */
export const textsIn = (storage: MemoryStorage): readonly string[] =>
  loggedIn(storage)
    .flat()
    .map(({ body }) => JSON.parse(String(body)) as string);

export const slotCount = (storage: MemoryStorage): number =>
  [...storage.logs.values()].reduce((sum, slots) => sum + slots.length, 0);

export const waitingIn = (storage: MemoryStorage): number =>
  [...storage.outbox.values()].reduce((sum, items) => sum + items.size, 0);

export const refusedIn = (storage: MemoryStorage, topic = "orders") => [
  ...(storage.refused.get(topic)?.values() ?? []),
];
