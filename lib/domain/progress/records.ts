import type { DeadLetterEntry, LetterAct, MendedCopy, NewDeadLetter } from "../dead-letter.js";
import type { RedriveJob } from "../redrive-job.js";
import type { ReplayJob } from "../replay-job.js";
import type { Offset } from "../slot.js";
import { type Span, without } from "./spans.js";

/** A subscription's progress in one partition. Records with an older `epoch` are void. */
export interface Cursor {
  /** The next offset to hand out. */
  readonly head: Offset;
  /** Base of the slot that holds `head`, or `head` itself: where a read starts. */
  readonly slotBase: Offset;
  readonly epoch: number;
  /** Every move compares and raises it. 0: not stored yet. */
  readonly version: number;
  /** With ordering: ids of the leases and retries that may be open in this partition, in message order. */
  readonly open?: readonly string[];
  /** Leases kept in the cursor's own item. A move leaves those alone that it does not name. */
  readonly inner?: readonly Lease[];
}

interface Held {
  /**
   * Begins with the time that it was first due, and so sorts by it: `0001790000000000-nonce`. Receipts carry a lease's
   * id.
   */
  readonly id: string;
  readonly partition: number;
  readonly epoch: number;
  /** Sorted and disjoint. */
  readonly spans: readonly Span[];
  /** Acknowledged offsets of `spans`. For a returned span they have no meaning. */
  readonly done: readonly Offset[];
  readonly version: number;
  /**
   * The earliest deadline of its open messages. It may be earlier still, if the messages with the earliest deadline
   * were acknowledged since.
   */
  readonly dueMs: number;
}

/** Who has a lease, as far as that is known. */
export interface LeaseConsumer {
  /** What its consumer calls itself. */
  readonly name?: string;
  /** Who signed its request, as the gateway has checked. */
  readonly principal?: string;
  /** From where the request came, as the gateway has seen it. */
  readonly address?: string;
  /** The pump's lane. */
  readonly lane?: number;
}

/** Messages handed to one consumer until a deadline. */
export interface Lease extends Held {
  readonly kind: "lease";
  /** Left out by a store that would pay for another unit of it. */
  readonly consumer?: LeaseConsumer;
  /** How many other messages its consumer had in hand when it asked for these; undefined if it did not say. */
  readonly beside?: number;
  /** Its messages were settled in different ways, so it cannot be ended or extended as a whole. */
  readonly isMarked?: true;
  /** It is kept in its partition's cursor (inner.ts). */
  readonly isInner?: true;
}

/** Messages of one subscription that wait for another attempt. */
export interface Retry extends Held {
  readonly kind: "retry";
}

/** Shows that a lease or retry is due sooner than the time in its id, by which due records are found. */
export interface Hint extends Held {
  readonly kind: "hint";
  readonly leaseId: string;
}

/** A record whose messages are handed out again once its deadline has passed. */
export type Holding = Lease | Retry;

/** A record that a look for due messages can find. */
export type Due = Holding | Hint;

/** A slot that cannot be read, set aside with the reason. */
export interface SetAside {
  readonly partition: number;
  readonly base: Offset;
  readonly count: number;
  readonly reason: string;
  readonly atMs: number;
}

/** `drop`: ids of leases in the cursor that a seek has voided. */
export interface CursorMove {
  readonly partition: number;
  readonly next: Cursor;
  readonly drop?: readonly string[];
}

/** Everything that changes in one write when messages move from one place to another. */
export interface Move {
  /** Sets one partition's cursor, if its version is still `next.version - 1`. */
  readonly cursor?: CursorMove;
  /** Removed, if each still has this version. */
  readonly remove?: readonly Due[];
  /** Version 1 is new. A higher version replaces the record with the same id, if that still has `version - 1`. */
  readonly put?: readonly Due[];
  readonly setAside?: readonly SetAside[];
  /** Messages that expired before anybody acknowledged them; added to the subscription's count. */
  readonly expired?: number;
  /** Messages that become dead letters: two items each, and a count. */
  readonly deadLetters?: readonly NewDeadLetter[];
  /** Dead letters that are removed, if each is still there. */
  readonly endedDeadLetters?: readonly DeadLetterEntry[];
  /** What replaces the content of messages that are sent again. */
  readonly mended?: readonly MendedCopy[];
  /** Who ends these dead letters, and how: kept for each of them. */
  readonly act?: LetterAct;
  /** The running job that this is a step of, if it still has the version before. */
  readonly job?: RedriveJob | ReplayJob;
}

/** The most items in one {@link Move}: below the store's limit for a transaction. */
export const MOVE_ITEMS_LIMIT = 90;

/** Above so many open records of an ordered partition, an operator adds none to them: more than keys are busy. */
export const OPEN_AT_MOST = 300;

const ID_TIME_DIGITS = 16;

interface OfEpoch {
  readonly epoch: number;
}

/**
 * Whether a seek has voided it. A record of a later epoch is not void: then this copy of the subscription is out of
 * date.
 */
export const isVoid = (progress: OfEpoch, subscription: OfEpoch): boolean =>
  progress.epoch < subscription.epoch;

export const dueId = (dueMs: number, nonce: string): string =>
  `${String(Math.max(0, Math.floor(dueMs))).padStart(ID_TIME_DIGITS, "0")}-${nonce}`;

/** The time in an id: when the record was first due. A look finds it from then on. */
export const timeInId = (id: string): number => Number(id.slice(0, ID_TIME_DIGITS));

/** The messages that have not been acknowledged. */
export function openSpans({ spans, done }: Pick<Due, "spans" | "done">): Span[] {
  if (done.length === 0) return [...spans];
  const gone = new Set(done);
  return spans.flatMap((span) => (span.isReturned ? [span] : without([span], gone)));
}

/** Whether a span waits for another attempt; otherwise a consumer has it. */
export const isWaiting = ({ kind }: Pick<Due, "kind">, { isReturned }: Span): boolean =>
  kind !== "lease" || isReturned === true;

/**
 * The cursor after records were replaced by others in the same position: with ordering, the open records keep their
 * order.
 */
export function replaceOpen(cursor: Cursor, became: ReadonlyMap<string, readonly string[]>): Cursor {
  const open = (cursor.open ?? []).flatMap((id) => became.get(id) ?? [id]);
  return { ...cursor, version: cursor.version + 1, open };
}
