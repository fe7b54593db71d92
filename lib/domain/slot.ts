import { invariant } from "./invariant.js";

/** A message's place in its partition: a whole number below 2^53, strictly increasing, never reused. */
export type Offset = number;

/** The bytes of a slot: in the slot itself, or in an object that only this slot points to. */
export type SlotContent =
  | { readonly kind: "inline"; readonly bytes: Uint8Array }
  | { readonly kind: "segment"; readonly key: string; readonly sizeBytes: number };

/** How the bytes were written (lib/domain/slot-codec.ts). */
export type Encoding = "msgpack" | "msgpack+deflate";

/**
 * What a slot says of its messages without being opened. `none`: no message has any of it. `left-out`: it would take
 * too much room. The slot's bytes hold all of it as well, so a damaged header costs a look into them, and no message.
 */
export type SlotHeader =
  | { readonly kind: "none" }
  | { readonly kind: "text"; readonly text: string; readonly checksum: string }
  | { readonly kind: "left-out" };

/** The messages of one append, stored as one item of the log. Times are epoch milliseconds. */
export interface Slot {
  /** Offset of its first message. */
  readonly base: Offset;
  readonly count: number;
  /** Tells "my own write, whose answer was lost" from "somebody else's". */
  readonly nonce: string;
  readonly publishedAtMs: number;
  readonly expiresAtMs: number;
  readonly encoding: Encoding;
  /** The messages before compression: what opening the slot takes in memory, at the least. */
  readonly unpackedBytes: number;
  /** Of the stored bytes; every read verifies it. */
  readonly checksum: string;
  readonly content: SlotContent;
  readonly header: SlotHeader;
}

/** What an append needs to know of the slot before it. */
export type Tail = Pick<Slot, "base" | "count" | "publishedAtMs" | "expiresAtMs">;

export const tailOf = ({ base, count, publishedAtMs, expiresAtMs }: Tail): Tail => ({
  base,
  count,
  publishedAtMs,
  expiresAtMs,
});

export const nextOffset = ({ base, count }: Pick<Slot, "base" | "count">): Offset => base + count;

/**
 * The three ways to append, by the life that the tail has left (docs/design.md, "Log"). The put at the same offset
 * decides between plain and anchored, the anchor between anchored and restart; the 25 minutes between plain and
 * restart outlast a cached tail, a signed request's life and the clocks' skew together.
 */
export type AppendWay = "plain" | "anchored" | "restart";

const PLAIN_ABOVE_MS = 30 * 60_000;
const RESTART_BELOW_MS = 5 * 60_000;

export function appendWay(tail: Tail | undefined, nowMs: number): AppendWay {
  if (!tail) return "restart";
  const lifeMs = tail.expiresAtMs - nowMs;
  if (lifeMs > PLAIN_ABOVE_MS) return "plain";
  return lifeMs >= RESTART_BELOW_MS ? "anchored" : "restart";
}

/**
 * A slot stands this much longer than it lives. What expires unread is counted by whoever passes over it, and the
 * clock's sweep does so within the hour: it finds the slot there, however prompt the store is and however apart clocks
 * are.
 */
export const STANDS_AFTER_EXPIRY_MS = 2 * 60 * 60_000;

/** What becomes a slot once its place is known. */
export type SlotDraft = Omit<Slot, "base" | "publishedAtMs" | "expiresAtMs">;

/**
 * When a slot that follows `tail` expires: never before the slot in front of it, so that a live tail is the true
 * tail.
 */
export function slotExpiryMs(tail: Tail | undefined, nowMs: number, retentionMs: number): number {
  return Math.max(nowMs + retentionMs, tail?.expiresAtMs ?? 0);
}

/**
 * Places `draft` behind `tail`: at the next offset, or after a restart at the clock in microseconds, which no count
 * has reached.
 */
export function slotAfter(
  tail: Tail | undefined,
  draft: SlotDraft,
  nowMs: number,
  retentionMs: number,
): Slot {
  invariant(draft.count > 0, "a slot holds at least one message");
  const next = tail ? nextOffset(tail) : 0;
  const base = appendWay(tail, nowMs) === "restart" ? Math.max(nowMs * 1_000, next) : next;
  invariant(Number.isSafeInteger(base + draft.count), "offsets stay below 2^53");
  return {
    ...draft,
    base,
    publishedAtMs: Math.max(nowMs, tail?.publishedAtMs ?? 0),
    expiresAtMs: slotExpiryMs(tail, nowMs, retentionMs),
  };
}
