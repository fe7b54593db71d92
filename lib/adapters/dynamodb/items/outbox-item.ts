import { bytesDigest } from "../../../domain/hash.js";
import type { Erasure } from "../../../domain/message.js";
import {
  ERASED_WHY,
  type OutboxMessage,
  type OutboxRef,
  type OutboxShard,
  REFUSED_FOR_MS,
  type RefusedMessage,
  isOutboxName,
  outboxShardKey,
} from "../../../domain/outbox.js";
import { outboxMessageOf } from "../../../domain/outbox-item.js";
import { dueId } from "../../../domain/progress/records.js";
import { isTooNew } from "./format.js";
import { ITEM_LIMIT_BYTES, itemBytes } from "./item-size.js";

type Item = Readonly<Record<string, unknown>>;

/** Whatever it holds, it never makes this fail. */
export const waitingOf = (shard: OutboxShard, item: Item): OutboxMessage => ({
  ...outboxMessageOf(shard, item, isTooNew(item)),
  // Also of lists and maps, which the library does not write.
  sizeBytes: itemBytes(item),
});

/** Refused messages are in the state table: the outbox is looked through, and so holds only what is on its way. */
export const refusedKey = (topic: string): string => `refused#${topic}`;

const WHY_CHARACTERS = 500;

/**
 * The item as it was, with the reason: as much of it as can be stored and fits, first without its body. Whatever a
 * stranger has put there, it must be possible to take it away.
 */
export function refusedItem(ref: OutboxRef, item: Item, why: string, nowMs: number): Item {
  const expiresAtMs = nowMs + REFUSED_FOR_MS;
  const refusal = {
    pk: refusedKey(ref.topic),
    sk: dueId(nowMs, refusedName(ref)),
    shard: ref.shard,
    name: ref.name,
    why: wellFormed(why.slice(0, WHY_CHARACTERS)),
    at: nowMs,
    exp: expiresAtMs,
    expiresAt: Math.ceil(expiresAtMs / 1_000),
  };
  const all = Object.fromEntries(Object.entries(item).filter(([, value]) => isStorable(value)));
  const { body: _, ...others } = all;
  const fits = [all, others].find((kept) => itemBytes({ ...kept, ...refusal }) <= ITEM_LIMIT_BYTES);
  return { ...fits, ...refusal };
}

/** What stays of one whose content was taken out: where it was, and who did so. */
export const erasedItem = (ref: OutboxRef, { atMs, by }: Erasure, refusedAtMs: number): Item => ({
  ...refusedItem(ref, {}, ERASED_WHY, refusedAtMs),
  e: atMs,
  ...(by === undefined ? {} : { by }),
});

/** A stranger's may be as long as a sort key, and the same one may lie in two shards. */
const refusedName = (ref: OutboxRef): string =>
  isOutboxName(ref.name) ? ref.name : bytesDigest(`${outboxShardKey(ref)} ${ref.name}`).toString("hex");

/** Where a text is cut, half of a character may be left, which is not UTF-8. */
const wellFormed = (text: string): string => text.replace(/\p{Surrogate}/gu, "");

/** Only what is written as it was read: a number may be larger than one that is exact. */
const isStorable = (value: unknown): boolean =>
  typeof value === "number"
    ? Math.abs(value) <= Number.MAX_SAFE_INTEGER
    : typeof value === "string" || typeof value === "boolean" || value instanceof Uint8Array;

export function refusedOf(topic: string, item: Item): RefusedMessage {
  const { name, shard, why, at, e, by } = item;
  const message = waitingOf({ topic, shard: Number(shard) }, { ...item, sk: name });
  const refused = { ...message, why: String(why), refusedAtMs: Number(at) };
  // A stranger's attributes are kept, too; the reason never is theirs.
  if (why !== ERASED_WHY || typeof e !== "number") return refused;
  const { fault: _, ...left } = refused;
  return { ...left, erased: { atMs: e, ...(typeof by === "string" ? { by } : {}) } };
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
