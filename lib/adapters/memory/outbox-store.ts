import {
  ERASED_WHY,
  OLDEST_AT_MOST,
  OUTBOX_SHARDS,
  type OutboxMessage,
  type OutboxRef,
  type OutboxShard,
  type RefusedMessage,
  outboxShardKey,
  parseOutboxShardKey,
} from "../../domain/outbox.js";
import type { Erasure } from "../../domain/message.js";
import { outboxMessageOf } from "../../domain/outbox-item.js";
import { type Page, type PageRequest, cursorBehind, keyIn } from "../../domain/page.js";
import type { OutboxStore } from "../../domain/ports/outbox-store.js";
import { dueId } from "../../domain/progress/records.js";
import { pageOf } from "./pages.js";
import { SortedMap } from "./sorted-map.js";
import { type MemoryStorage, answered, copy } from "./storage.js";

type Item = Readonly<Record<string, unknown>>;

/** Puts an item as a user's own transaction does, if there is none with its key. */
export function putOutboxItem({ outbox }: MemoryStorage, item: Item): boolean {
  const { pk, sk } = item as { readonly pk: string; readonly sk: string };
  const there = outbox.get(pk) ?? new SortedMap<unknown>();
  if (there.get(sk) !== undefined) return false;
  outbox.set(pk, there);
  there.set(sk, copy(item));
  return true;
}

export const memoryOutboxStore = (storage: MemoryStorage): OutboxStore => ({
  oldest: async (shard) => {
    await answered();
    const messages: OutboxMessage[] = [];
    let sizeBytes = 0;
    for (const item of storage.outbox.get(outboxShardKey(shard))?.values() ?? []) {
      const message = outboxMessageOf(shard, copy(item) as Item);
      sizeBytes += message.sizeBytes;
      const isFull = sizeBytes > OLDEST_AT_MOST.bytes || messages.length === OLDEST_AT_MOST.messages;
      if (isFull && messages.length > 0) return { messages, more: true };
      messages.push(message);
    }
    return { messages, more: false };
  },
  scan: async ({ limit, cursor }) => {
    await answered();
    const after = cursor === undefined ? "" : keyIn(cursor);
    const places = [...storage.outbox].flatMap(([pk, items]) =>
      [...items.entries()].map(([sk]) => [pk, sk] as const),
    );
    const rest = places.filter(([pk, sk]) => `${pk} ${sk}` > after).sort(byPlace);
    const page = rest.slice(0, limit);
    const last = page.at(-1);
    return {
      items: page.flatMap(([pk, name]) => {
        const shard = parseOutboxShardKey(pk);
        return shard ? [{ shard, name }] : [];
      }),
      ...(last && rest.length > limit ? { nextCursor: cursorBehind(last.join(" ")) } : {}),
    };
  },
  list: (topic, page) => listed(storage, topic, page),
  find: async (topic, name) => {
    await answered();
    for (let shard = 0; shard < OUTBOX_SHARDS; shard++) {
      const item = storage.outbox.get(outboxShardKey({ topic, shard }))?.get(name);
      if (item !== undefined) return outboxMessageOf({ topic, shard }, copy(item) as Item);
    }
    return undefined;
  },
  refuse: async (message, why, nowMs) => {
    await answered();
    const waiting = storage.outbox.get(outboxShardKey(message));
    const item = waiting?.get(message.name);
    if (item === undefined) return "gone";
    waiting?.delete(message.name);
    const refused = storage.refused.get(message.topic) ?? new SortedMap<RefusedMessage>();
    storage.refused.set(message.topic, refused);
    const kept = { ...outboxMessageOf(message, item as Item), why, refusedAtMs: nowMs };
    // Strangers may have used one name in two shards.
    refused.set(dueId(nowMs, `${message.name} ${message.shard}`), copy(kept));
    return "refused";
  },
  erase: (message, erasure) => erased(storage, message, erasure),
  refused: async (topic, page) => {
    await answered();
    return pageOf(storage.refused.get(topic) ?? new SortedMap<RefusedMessage>(), copy, page);
  },
});

async function erased(
  storage: MemoryStorage,
  message: OutboxRef | RefusedMessage,
  erasure: Erasure,
): Promise<"erased" | "gone"> {
  await answered();
  const { topic, shard, name } = message;
  const isRefused = "refusedAtMs" in message;
  const refusedAtMs = isRefused ? message.refusedAtMs : erasure.atMs;
  const place = dueId(refusedAtMs, `${name} ${shard}`);
  const refused = storage.refused.get(topic) ?? new SortedMap<RefusedMessage>();
  const waiting = storage.outbox.get(outboxShardKey(message));
  if ((isRefused ? refused.get(place) : waiting?.get(name)) === undefined) return "gone";
  if (!isRefused) waiting?.delete(name);
  storage.refused.set(topic, refused);
  const kept = { topic, shard, name, content: undefined, sizeBytes: 0, why: ERASED_WHY, refusedAtMs };
  refused.set(place, { ...kept, erased: copy(erasure) });
  return "erased";
}

/** Shard by shard, in order. */
async function listed(
  storage: MemoryStorage,
  topic: string,
  { limit, cursor }: PageRequest,
): Promise<Page<OutboxMessage>> {
  await answered();
  const isPlace = (place: string): boolean => shardAt(place)?.topic === topic;
  const after = cursor === undefined ? undefined : keyIn(cursor, isPlace);
  const found = Array.from({ length: OUTBOX_SHARDS }, (_, shard) => ({ topic, shard })).flatMap((shard) =>
    [...(storage.outbox.get(outboxShardKey(shard))?.values() ?? [])].map((item) =>
      outboxMessageOf(shard, copy(item) as Item),
    ),
  );
  const begin = after === undefined ? 0 : found.findIndex((message) => isBehind(message, after));
  const page = begin < 0 ? [] : found.slice(begin, begin + limit);
  const last = page.at(-1);
  return {
    items: page,
    ...(last && begin + limit < found.length ? { nextCursor: cursorBehind(placeOf(last)) } : {}),
  };
}

const placeOf = (message: OutboxRef): string => `${outboxShardKey(message)} ${message.name}`;
const shardAt = (place: string): OutboxShard | undefined => parseOutboxShardKey(place.split(" ", 1)[0] ?? "");

/** Whether a message comes after a place, shard by shard. */
function isBehind({ shard, name }: OutboxRef, place: string): boolean {
  const at = shardAt(place)?.shard ?? 0;
  return shard === at ? name > place.slice(place.indexOf(" ") + 1) : shard > at;
}

const byPlace = (one: readonly string[], other: readonly string[]): number =>
  one.join(" ") < other.join(" ") ? -1 : 1;
