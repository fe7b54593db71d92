import type { Offset } from "../slot.js";
import { type Span, without } from "./spans.js";

/** A subscription's progress in one partition. Whatever carries an older `epoch` is void. */
export interface Cursor {
  /** Next offset to hand out. */
  readonly head: Offset;
  /** Base of the slot that `head` lies in, or `head` itself: where a read starts. */
  readonly slotBase: Offset;
  readonly epoch: number;
  /** Compared and set by every move; 0: not stored yet. */
  readonly version: number;
  /** With ordering: ids of the leases and retries that this partition may have open, in the order of their messages. */
  readonly open?: readonly string[];
}

interface Held {
  /** Sorts by the time that it was due at first: `0001790000000000-nonce`. Receipts carry a lease's. */
  readonly id: string;
  readonly partition: number;
  readonly epoch: number;
  /** Sorted and disjoint. */
  readonly spans: readonly Span[];
  /** Offsets of `spans` that were acknowledged; of a returned one that means nothing. */
  readonly done: readonly Offset[];
  readonly version: number;
  /** The earliest deadline of what is open in it; earlier than that where the earliest were acknowledged since. */
  readonly dueMs: number;
}

/** Messages handed to one consumer until a deadline. */
export interface Lease extends Held {
  readonly kind: "lease";
  /** Its messages have different fates by now: it can't be ended or extended as a whole. */
  readonly isMarked?: true;
}

/** Messages of one subscription that wait for another attempt. */
export interface Retry extends Held {
  readonly kind: "retry";
}

/** Says that a lease is due sooner than its id tells, since what is due is found by the times in the ids. */
export interface Hint extends Held {
  readonly kind: "hint";
  readonly leaseId: string;
}

/** What holds messages that are handed out again once their deadline has passed. */
export type Holding = Lease | Retry;

/** What a look at what is due finds. */
export type Due = Holding | Hint;

/** A slot that cannot be read, kept out of the way with its reason. */
export interface SetAside {
  readonly partition: number;
  readonly base: Offset;
  readonly count: number;
  readonly reason: string;
  readonly atMs: number;
}

/** Everything that changes at once when messages move from one place to another. */
export interface Move {
  /** Compare and set of one partition's cursor: goes through only if its version is still `next.version - 1`. */
  readonly cursor?: { readonly partition: number; readonly next: Cursor };
  /** Gone, if each still has the version given. */
  readonly remove?: readonly Due[];
  /** Version 1: new. Above: replaces the one with the same id, if that still has `version - 1`. */
  readonly put?: readonly Due[];
  readonly setAside?: readonly SetAside[];
  /** Messages that nobody acknowledged before they expired: added to what the subscription has lost so. */
  readonly expired?: number;
}

/** Items in one {@link Move} at the most: the store's limit of a transaction, with room. */
export const MOVE_ITEMS_LIMIT = 90;

const ID_TIME_DIGITS = 16;

interface OfEpoch {
  readonly epoch: number;
}

/** Whether a seek has left it behind. One of a later epoch is not: then it is the subscription at hand that is old. */
export const isVoid = (progress: OfEpoch, subscription: OfEpoch): boolean =>
  progress.epoch < subscription.epoch;

export const dueId = (dueMs: number, nonce: string): string =>
  `${String(Math.max(0, Math.floor(dueMs))).padStart(ID_TIME_DIGITS, "0")}-${nonce}`;

/** When it was due at first, as its id says: a look finds it from then on. */
export const timeInId = (id: string): number => Number(id.slice(0, ID_TIME_DIGITS));

/** What of `due` has not ended. */
export function openSpans({ spans, done }: Pick<Due, "spans" | "done">): Span[] {
  if (done.length === 0) return [...spans];
  const gone = new Set(done);
  return spans.flatMap((span) => (span.isReturned ? [span] : without([span], gone)));
}

/** Whether a span of a record waits for another attempt; else somebody has it. */
export const isWaiting = ({ kind }: Pick<Due, "kind">, { isReturned }: Span): boolean =>
  kind !== "lease" || isReturned === true;

/**
 * The cursor once records have become others, in their place: with ordering, what is open keeps its order. What lies in
 * front of them is gone, or they would not have been handed out.
 */
export function replaceOpen(cursor: Cursor, became: ReadonlyMap<string, readonly string[]>): Cursor {
  const open = cursor.open ?? [];
  const from = Math.max(
    0,
    open.findIndex((id) => became.has(id)),
  );
  const next = open.slice(from).flatMap((id) => became.get(id) ?? [id]);
  return { ...cursor, version: cursor.version + 1, open: next };
}
