import {
  type OutboxMessage,
  type OutboxRef,
  type OutboxShard,
  REFUSED_FOR_MS,
  type RefusedMessage,
} from "../../../domain/outbox.js";
import { OUTBOX_ITEM_LIMIT_BYTES, outboxItemBytes, outboxMessageOf } from "../../../domain/outbox-item.js";
import { dueId } from "../../../domain/progress/records.js";
import { isTooNew } from "./format.js";

type Item = Readonly<Record<string, unknown>>;

/** Whatever it holds, it never makes this fail. */
export const waitingOf = (shard: OutboxShard, item: Item): OutboxMessage =>
  outboxMessageOf(shard, item, isTooNew(item));

/** Refused messages are in the state table: the outbox is looked through, and so holds only what is on its way. */
export const refusedKey = (topic: string): string => `refused#${topic}`;

const WHY_CHARACTERS = 500;

/** The item as it was, with the reason. A body that leaves no room for that is left out, which the library prevents. */
export function refusedItem({ topic, shard, name }: OutboxRef, item: Item, why: string, nowMs: number) {
  const { pk: _, sk: __, body, ...others } = item;
  const keepsBody = outboxItemBytes(item) <= OUTBOX_ITEM_LIMIT_BYTES;
  const expiresAtMs = nowMs + REFUSED_FOR_MS;
  return {
    ...others,
    ...(keepsBody ? { body } : {}),
    pk: refusedKey(topic),
    sk: dueId(nowMs, name),
    shard,
    name,
    why: why.slice(0, WHY_CHARACTERS),
    at: nowMs,
    exp: expiresAtMs,
    expiresAt: Math.ceil(expiresAtMs / 1_000),
  };
}

export function refusedOf(topic: string, item: Item): RefusedMessage {
  const { name, shard, why, at } = item;
  const message = waitingOf({ topic, shard: Number(shard) }, { ...item, sk: name });
  return { ...message, why: String(why), refusedAtMs: Number(at) };
}

const SEPARATOR = " ";

/** Where a look through the outbox goes on. */
export const placeOf = ({ pk, sk }: Item): string => `${String(pk)}${SEPARATOR}${String(sk)}`;

/** undefined for what is not a place in the outbox. */
export function keyAt(place: string): { readonly pk: string; readonly sk: string } | undefined {
  const end = place.indexOf(SEPARATOR);
  const [pk, sk] = [place.slice(0, end), place.slice(end + 1)];
  return end > 0 && sk !== "" ? { pk, sk } : undefined;
}
