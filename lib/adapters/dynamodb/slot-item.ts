import type { Slot, SlotContent, Tail } from "../../domain/slot.js";
import { type PartitionRef, partitionKey } from "../../domain/topic.js";

/** A slot as an item. Short names: they are paid for with every item. `expiresAt` is the TTL attribute, in seconds. */
export interface SlotItem {
  readonly pk: string;
  readonly base: number;
  readonly n: number;
  readonly nonce: string;
  readonly at: number;
  readonly exp: number;
  readonly expiresAt: number;
  readonly enc: string;
  readonly sum: string;
  readonly bytes?: Uint8Array;
  readonly seg?: string;
  readonly size?: number;
}

export const TAIL_PROJECTION = "#base, n, #at, #exp";
export const TAIL_NAMES = { "#base": "base", "#at": "at", "#exp": "exp" };

export function slotItem(partition: PartitionRef, slot: Slot): SlotItem {
  const { content } = slot;
  return {
    pk: partitionKey(partition),
    base: slot.base,
    n: slot.count,
    nonce: slot.nonce,
    at: slot.publishedAtMs,
    exp: slot.expiresAtMs,
    expiresAt: Math.ceil(slot.expiresAtMs / 1_000),
    enc: slot.encoding,
    sum: slot.checksum,
    ...(content.kind === "inline" ? { bytes: content.bytes } : { seg: content.key, size: content.sizeBytes }),
  };
}

const numberOr = (value: unknown, fallback: number): number =>
  Number.isSafeInteger(value) ? (value as number) : fallback;
const textOr = (value: unknown, fallback: string): string => (typeof value === "string" ? value : fallback);

/** An item that somebody damaged still has its place: it counts as one message at least, and does not expire by itself. */
export function tailOf(item: Record<string, unknown>): Tail {
  return {
    base: numberOr(item.base, 0),
    count: Math.max(1, numberOr(item.n, 1)),
    publishedAtMs: numberOr(item.at, 0),
    expiresAtMs: numberOr(item.exp, Number.MAX_SAFE_INTEGER),
  };
}

/** What is damaged gets bytes that no checksum fits: the decoder sets it aside, and its neighbours go on. */
export function slotOf(item: Record<string, unknown>): Slot {
  return {
    ...tailOf(item),
    nonce: textOr(item.nonce, `damaged-${String(item.base)}`),
    encoding: item.enc === "msgpack+deflate" ? "msgpack+deflate" : "msgpack",
    checksum: textOr(item.sum, "damaged"),
    content: contentOf(item),
  };
}

function contentOf({ bytes, seg, size }: Record<string, unknown>): SlotContent {
  if (typeof seg === "string") return { kind: "segment", key: seg, sizeBytes: numberOr(size, 0) };
  return { kind: "inline", bytes: bytes instanceof Uint8Array ? bytes : new Uint8Array() };
}
