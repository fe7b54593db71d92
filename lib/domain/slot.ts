import type { Compression } from "./compression.js";
import { invariant } from "./invariant.js";

/** A message's place in its partition: a whole number below 2^53, strictly increasing, never reused. */
export type Offset = number;

/** A slot's bytes: in the slot itself, or in an object that only this slot refers to. */
export type SlotContent =
  | { readonly kind: "inline"; readonly bytes: Uint8Array }
  | { readonly kind: "segment"; readonly key: string; readonly sizeBytes: number };

/** How the bytes were written (lib/domain/slot-codec.ts). */
export type Encoding = "msgpack" | `msgpack+${Compression}`;

/**
 * What a slot tells about its messages without being opened. `none`: no message has any of these fields. `left-out`:
 * they would take too much room. The slot's bytes contain them too, so a damaged header costs only opening the slot.
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
  /** Tells a writer's own slot, if the response was lost, from another writer's. */
  readonly nonce: string;
  readonly publishedAtMs: number;
  readonly expiresAtMs: number;
  readonly encoding: Encoding;
  /** Size of the messages before compression: the least memory that opening the slot takes. */
  readonly unpackedBytes: number;
  /** Checksum of the stored bytes; every read verifies it. */
  readonly checksum: string;
  readonly content: SlotContent;
  readonly header: SlotHeader;
}

/** What an append needs to know about the slot before it. */
export type Tail = Pick<Slot, "base" | "count" | "publishedAtMs" | "expiresAtMs">;

export const tailOf = ({ base, count, publishedAtMs, expiresAtMs }: Tail): Tail => ({
  base,
  count,
  publishedAtMs,
  expiresAtMs,
});

export const nextOffset = ({ base, count }: Pick<Slot, "base" | "count">): Offset => base + count;

/**
 * The three ways to append, by the remaining life and the age of the tail (docs/design.md, "Log"). The put at the same
 * offset decides between plain and anchored, the anchor between anchored and restart. The 25 minutes between plain and
 * restart are longer than a cached tail's age, a signed request's life and the clocks' difference together. Readers
 * that know an old tail to be cold would not notice a plain put (anchor.ts).
 *
 * A log that was restored has lost its last slots, and their offsets may not be given out anew: whatever is appended
 * after a tail of before `restoredAtMs` restarts, whoever appends it.
 */
export type AppendWay = "plain" | "anchored" | "restart";

/** When a queue got its tables that were never restored. */
const NEVER = 0;
const PLAIN_ABOVE_MS = 30 * 60_000;
const RESTART_BELOW_MS = 5 * 60_000;
/** Once the tail is older, an append raises the anchor's version. */
const YOUNG_MS = 5 * 60_000;

export function appendWay(tail: Tail | undefined, nowMs: number, restoredAtMs = NEVER): AppendWay {
  if (!tail || tail.publishedAtMs < restoredAtMs) return "restart";
  const lifeMs = tail.expiresAtMs - nowMs;
  const isYoung = nowMs - tail.publishedAtMs < YOUNG_MS;
  if (lifeMs > PLAIN_ABOVE_MS && isYoung) return "plain";
  return lifeMs >= RESTART_BELOW_MS ? "anchored" : "restart";
}

/**
 * A slot stays stored this much longer than it lives. Messages that expire unread are counted by whoever passes them,
 * and the clock's sweep does so within the hour. So it still finds the slot, however prompt the store is and however
 * much clocks differ.
 */
export const STANDS_AFTER_EXPIRY_MS = 2 * 60 * 60_000;

/** A slot before its place is known. */
export type SlotDraft = Omit<Slot, "base" | "publishedAtMs" | "expiresAtMs">;

/** When a slot after `tail` expires: never before the slot in front of it, so that a live tail is the true tail. */
export function slotExpiryMs(tail: Tail | undefined, nowMs: number, retentionMs: number): number {
  return Math.max(nowMs + retentionMs, tail?.expiresAtMs ?? 0);
}

/**
 * Places `draft` after `tail`: at the next offset, or on a restart at the clock in microseconds, which no count has
 * reached.
 */
export function slotAfter(
  tail: Tail | undefined,
  draft: SlotDraft,
  nowMs: number,
  retentionMs: number,
  restoredAtMs = NEVER,
): Slot {
  invariant(draft.count > 0, "a slot holds at least one message");
  const next = tail ? nextOffset(tail) : 0;
  const isRestart = appendWay(tail, nowMs, restoredAtMs) === "restart";
  const base = isRestart ? Math.max(nowMs * 1_000, next) : next;
  invariant(Number.isSafeInteger(base + draft.count), "offsets stay below 2^53");
  return {
    ...draft,
    base,
    publishedAtMs: Math.max(nowMs, tail?.publishedAtMs ?? 0),
    expiresAtMs: slotExpiryMs(tail, nowMs, retentionMs),
  };
}
