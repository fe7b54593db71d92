import type { Offset } from "../slot.js";
import { without } from "./spans.js";

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

/** A run of offsets that were handed out as often. */
export interface Span {
  readonly from: Offset;
  /** Exclusive. */
  readonly to: Offset;
  /** Base of the slot that `from` lies in. */
  readonly slotBase: Offset;
  /** How often it was handed out, this time included; 0: never yet. */
  readonly attempt: number;
  readonly publishedAtMs: number;
  readonly firstReceivedAtMs?: number;
}

interface Held {
  /** Sorts by the time that it was due at first: `0001790000000000-nonce`. Receipts carry a lease's. */
  readonly id: string;
  readonly partition: number;
  readonly epoch: number;
  /** Sorted, disjoint, never empty. */
  readonly spans: readonly Span[];
  /** Offsets of `spans` that are settled already. */
  readonly done: readonly Offset[];
  readonly version: number;
}

/** Messages handed to one consumer until a deadline, which may be later than the one in the id: it was extended. */
export interface Lease extends Held {
  readonly kind: "lease";
  readonly dueMs: number;
}

/** Messages of one subscription that wait for another attempt. */
export interface Retry extends Held {
  readonly kind: "retry";
  readonly dueMs: number;
}

/** What is handed out (again) once `dueMs` has passed. */
export type Due = Lease | Retry;

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

/** What of `due` nobody has settled. */
export const openSpans = (due: Due): Span[] => without(due.spans, new Set(due.done));

/** The cursor once `id` has become `others`, in its place: with ordering, what is open keeps its order. */
export function replaceOpen(cursor: Cursor, id: string, others: readonly string[]): Cursor {
  const open = (cursor.open ?? []).flatMap((known) => (known === id ? others : [known]));
  return { ...cursor, version: cursor.version + 1, open };
}
