import type { NewDeadLetter } from "../dead-letter.js";
import { invariant } from "../invariant.js";
import { hintFor, redated, withDeadlines } from "../progress/deadlines.js";
import { dueAt, followersOf } from "../progress/followers.js";
import { liveInner, movedOut, voidInner } from "../progress/inner.js";
import { withPastThatFits } from "../progress/past.js";
import {
  type Cursor,
  type Holding,
  type Move,
  type Retry,
  isWaiting,
  openSpans,
} from "../progress/records.js";
import { shortened } from "../progress/shortened.js";
import { type Span, changeAt, offsetsIn, spanAt } from "../progress/spans.js";
import type { Offset } from "../slot.js";
import type { Ordering } from "../topic.js";
import type { AheadMove } from "./hold-ahead.js";
import { type Making, newRetry } from "./making.js";
import { leaseWith } from "./settle.js";
import { type Ahead, type Takeable, keptOf, spansOf } from "./take.js";

/** When an operator has a message sent again, with what else that takes. Times are epoch milliseconds. */
export interface SentAgain {
  readonly kind: "retry";
  readonly dueMs: number;
  /** Goes in place of why it failed last. */
  readonly error?: string;
  /** After so many failures of its own it would be a dead letter, so fewer are left of them. */
  readonly maxAttempts: number;
}

/** An operator's word on one message, whoever has it: it ends, or is sent again. */
export type OperatorWord = { readonly kind: "ack" } | SentAgain;

/** A record after an operator's word on one of its messages. */
export interface SettledInRecord {
  readonly move: Move;
  /** With ordering: the records that replace a lease; undefined if it stays under its own id. */
  readonly became?: readonly Retry[];
}

/**
 * Takes one open message out of its record, whoever has it. The record keeps the others under its own id, so their
 * receipts stay good; the message's own receipt is void, and the record's next version keeps whoever read it before
 * from undoing this. With ordering a message that is sent again stays in its place, since nothing may overtake.
 */
export function settleInRecord(
  record: Holding,
  offset: Offset,
  word: OperatorWord,
  ordering: Ordering,
  making: Making,
): SettledInRecord {
  const span = spanAt(openSpans(record), offset);
  invariant(span !== undefined, "the message is open in its record");
  if (word.kind === "retry" && ordering === "key") return inItsPlace(record, offset, word, making);
  const { nonce } = making;
  const kept = keptOf(record, new Set([offset]), making);
  const again =
    word.kind === "retry" ? [newRetry(record, [sentAgain(span, offset, word)], word.dueMs, nonce())] : [];
  return { move: movedOut({ remove: kept.length > 0 ? [] : [record], put: [...kept, ...again] }) };
}

/** What waits before it in its record is due with it at the latest: it could not be sent otherwise. */
function inItsPlace(record: Holding, offset: Offset, word: SentAgain, making: Making): SettledInRecord {
  const { dueMs } = word;
  const changes = new Map<Offset, (span: Span) => Span>();
  for (const at of offsetsIn(openSpans(record)).filter((one) => one < offset))
    changes.set(at, (span) =>
      isWaiting(record, span) ? { ...span, dueMs: Math.min(dueMs, span.dueMs ?? dueMs) } : span,
    );
  const returned = record.kind === "lease" ? ({ isReturned: true } as const) : {};
  changes.set(offset, (span) => ({ ...sentAgain(span, offset, word), dueMs, ...returned }));
  const followers = followersOf(record, new Map([[offset, dueMs]]), making.nowMs);
  const spans = withPastThatFits(changeAt(dueAt(withDeadlines(record), followers), changes));
  if (record.kind === "lease") return leaseWith(record, { spans, done: record.done }, "key", making);
  const next = redated(record, spans);
  return { move: { put: [next, ...hintFor(record, next, making.nonce, record.dueMs)] } };
}

/** Its past stays with it, but for what would make it a dead letter at once. */
function sentAgain(span: Span, offset: Offset, { error, maxAttempts }: SentAgain): Span {
  const { dueMs: _, isReturned: __, isRejected: ___, parkedUntilMs: ____, charged = 0, ...past } = span;
  const left = Math.min(charged, maxAttempts - 1);
  return {
    ...past,
    from: offset,
    to: offset + 1,
    ...(left > 0 ? { charged: left } : {}),
    ...(error === undefined ? {} : { lastError: shortened(error) }),
  };
}

/** What one look shows ahead of a head, up to a message. */
export interface UpTo extends Pick<Ahead, "setAside" | "expired"> {
  readonly partition: number;
  readonly cursor: Cursor;
  /** The messages before it. */
  readonly before: readonly Takeable[];
  readonly target: Takeable;
}

/** Beside a move's cursor, slots set aside and a dead letter. */
const RETRIES_AT_MOST = 20;

/**
 * Settles a message that nobody has got yet: the head moves past it, and those before it become retries that are due at
 * once, as if a consumer had left them to others. The cursor's version keeps whoever reads on from the old head from
 * handing it out, or from moving that head. `letter`: it becomes a dead letter.
 */
export function settleAhead(
  { partition, cursor, before, target, setAside, expired }: UpTo,
  word: OperatorWord | { readonly kind: "reject"; readonly letter: NewDeadLetter },
  ordering: Ordering,
  { nowMs, nonce }: Making,
): AheadMove {
  const where = { partition, epoch: cursor.epoch };
  const share = ordering === "key" ? before.length : Math.ceil(before.length / RETRIES_AT_MOST);
  const put: Retry[] = [];
  for (let from = 0; from < before.length; from += share)
    put.push(newRetry(where, spansOf(before.slice(from, from + share), nowMs, 0), nowMs, nonce()));
  const open = ordering === "key" ? { open: [...(cursor.open ?? []), ...put.map(({ id }) => id)] } : {};
  if (word.kind === "retry") put.push(newRetry(where, spansOf([target], nowMs, 0), word.dueMs, nonce()));
  const inner = liveInner(cursor);
  const next: Cursor = {
    head: target.offset + 1,
    slotBase: target.slotBase,
    epoch: cursor.epoch,
    version: cursor.version + 1,
    ...open,
    ...(inner.length > 0 ? { inner } : {}),
  };
  const drop = voidInner(cursor);
  return {
    cursor: { partition, next, ...(drop.length > 0 ? { drop } : {}) },
    put,
    setAside,
    ...(expired > 0 ? { expired } : {}),
    ...(word.kind === "reject" ? { deadLetters: [word.letter] } : {}),
  };
}
