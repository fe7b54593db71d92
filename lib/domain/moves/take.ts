import { deadlineOf, hintFor, redated, splitByDeadline, withDeadlines } from "../progress/deadlines.js";
import {
  type Cursor,
  type CursorMove,
  type Due,
  type Hint,
  type Holding,
  type Lease,
  type Move,
  type Retry,
  type SetAside,
  isWaiting,
  openSpans,
} from "../progress/records.js";
import type { NewDeadLetter } from "../dead-letter.js";
import { blameForSilence, blamed } from "../progress/blame.js";
import { liveInner, voidInner } from "../progress/inner.js";
import { withExpiriesOf, withoutExpiries } from "../progress/expiries.js";
import { dueAt, followersOf } from "../progress/followers.js";
import { type Span, inOrder, joinSpans, offsetsIn, spanLength, without } from "../progress/spans.js";
import type { Place } from "../place.js";
import type { Offset } from "../slot.js";
import { type LeaseTaker, type Making, newLease, newRetry, unmarked } from "./making.js";

/** A message that can be handed out: its place, and its past if it was handed out before. */
export interface Takeable {
  readonly offset: Offset;
  readonly publishedAtMs: number;
  readonly slotBase: Offset;
  /** The message's own expiry, set by its publisher. */
  readonly expiresAtMs?: number;
  readonly past?: Span;
}

export interface Taking extends Making, LeaseTaker {
  /** From now until the lease's deadline. */
  readonly leaseMs: number;
}

/** The messages' spans after this many more attempts. */
export function spansOf(messages: readonly Takeable[], nowMs: number, attempts: 0 | 1): Span[] {
  return joinSpans(
    messages.map(({ offset, publishedAtMs, slotBase, expiresAtMs, past }) => {
      const attempt = (past?.attempt ?? 0) + attempts;
      const firstReceivedAtMs = past?.firstReceivedAtMs ?? (attempts === 1 ? nowMs : undefined);
      return {
        from: offset,
        to: offset + 1,
        slotBase,
        attempt,
        ...(past?.charged === undefined ? {} : { charged: past.charged }),
        ...(past?.together === undefined ? {} : { together: past.together }),
        publishedAtMs,
        ...(firstReceivedAtMs === undefined ? {} : { firstReceivedAtMs }),
        ...(past?.lastError === undefined ? {} : { lastError: past.lastError }),
        ...(past?.failures === undefined ? {} : { failures: past.failures }),
        ...(expiresAtMs === undefined ? {} : { expiresAtMs }),
        ...(past?.mended === undefined ? {} : { mended: past.mended }),
      };
    }),
  );
}

/** What was read ahead of a head. */
export interface Ahead {
  readonly entries: readonly Takeable[];
  readonly setAside: readonly SetAside[];
  readonly next: Place;
  readonly expired: number;
}

export interface TakenAhead {
  readonly move: Move & { readonly cursor: NonNullable<Move["cursor"]> };
  /** One for each share, in their order; none if everything read has expired or cannot be read. */
  readonly leases: readonly Lease[];
}

/** How what was read is divided. */
export interface Division {
  /** The messages of each lease: one at least. */
  readonly shares: readonly number[];
  /** Who gets the lease of each share, as far as that is known. */
  readonly takers?: readonly LeaseTaker[];
  /** Whether the leases count no attempt: their consumer hands the messages out one after the other. */
  readonly isBlock?: boolean;
}

/**
 * Moves the head past what was read. Its first messages are leased, share by share; the others become retries that are
 * due at once.
 */
export function takeAhead(
  partition: number,
  cursor: Cursor,
  ahead: Ahead,
  { shares, takers = [], isBlock = false }: Division,
  { nowMs, leaseMs, nonce }: Taking,
): TakenAhead {
  const where = { partition, epoch: cursor.epoch };
  const inner = liveInner(cursor);
  const base: Cursor = {
    ...ahead.next,
    epoch: cursor.epoch,
    version: cursor.version + 1,
    ...(inner.length > 0 ? { inner } : {}),
  };
  const drop = voidInner(cursor);
  const moved = (next: Cursor): CursorMove => ({ partition, next, ...(drop.length > 0 ? { drop } : {}) });
  const beside = { setAside: ahead.setAside, ...(ahead.expired > 0 ? { expired: ahead.expired } : {}) };
  if (ahead.entries.length === 0) return { move: { cursor: moved(base), ...beside }, leases: [] };
  let from = 0;
  const nextOf = (share: number): readonly Takeable[] => ahead.entries.slice(from, (from += share));
  const leases = shares.map((share, at) => {
    const spans = spansOf(nextOf(share), nowMs, isBlock ? 0 : 1);
    return newLease(where, spans, nowMs + leaseMs, nonce(), takers[at]);
  });
  const others: Due[] = [];
  const [share = 1] = shares;
  while (from < ahead.entries.length)
    others.push(newRetry(where, spansOf(nextOf(share), nowMs, 0), nowMs, nonce()));
  return { move: { cursor: moved(base), put: [...leases, ...others], ...beside }, leases };
}

/**
 * The due messages of some records of one partition, in the order of the log, for reading. With `isPulled`, the
 * messages of a lease that ran out are to blame for that. A pushed message is not: its handler's end is told by the
 * call's answer, so its lease runs out only if the pump died.
 */
export function dueSpans(
  records: readonly Holding[],
  nowMs: number,
  options: { readonly inOrder: boolean; readonly isPulled: boolean },
): Span[] {
  const due = records.flatMap((record) => {
    const [spans] = splitByDeadline(record, nowMs, options);
    return options.isPulled ? afterSilence(record, spans) : spans;
  });
  return withoutExpiries(inOrder(unmarked(due)));
}

/** Blames the messages that a consumer never answered for. */
function afterSilence(record: Holding, due: readonly Span[]): readonly Span[] {
  const among = spanLength(due.filter((span) => !isWaiting(record, span)));
  return due.map((span) => (isWaiting(record, span) ? span : silenced(record, span, among)));
}

/** A message whose consumer never answered for it, nor for as many others of its lease. */
export function silenced(record: Holding, span: Span, among: number): Span {
  const expired = { kind: "expired", atMs: deadlineOf(record, span), attempt: span.attempt } as const;
  const beside = record.kind === "lease" ? record.beside : undefined;
  return { ...span, ...blamed(span, blameForSilence(span, among, beside), expired) };
}

/** What was read of the due spans. `left`: what was not looked at. */
export interface DueRead {
  readonly wanted: readonly Span[];
  /** What is handed out. */
  readonly entries: readonly Takeable[];
  /** What has no attempt left. */
  readonly dead?: readonly NewDeadLetter[];
  readonly setAside: readonly SetAside[];
  readonly left: readonly Span[];
}

/** Records of one partition and epoch that are taken together, and the hints that led to them. */
export interface DueGroup {
  readonly records: readonly [Holding, ...Holding[]];
  readonly hints: readonly Hint[];
  readonly inOrder: boolean;
  /**
   * With ordering: a retry right after them. What is due and not handed out joins it, so that no chain of remainders
   * grows; unless they keep something, which comes between.
   */
  readonly behind?: Retry;
}

export interface TakenAgain {
  readonly move: Move;
  /** undefined if nothing of it can be handed out any more. */
  readonly lease?: Lease;
  /** By record id: the ids of the records that replace it, in the order of the messages. */
  readonly became: ReadonlyMap<string, readonly string[]>;
}

/**
 * Hands due messages out again: moves them from their records into a new lease, and those that have no attempt left
 * into the dead letters; those not read keep waiting. A record
 * keeps under its own id what is not due yet, so that its receipts stay valid.
 */
export function takeAgain(
  { records, hints, behind }: DueGroup,
  read: DueRead,
  { nowMs, leaseMs, nonce, ...taker }: Taking,
): TakenAgain {
  const [first] = records;
  const { partition, epoch } = first;
  const gone = new Set(offsetsIn(read.wanted));
  const kept = records.flatMap((record) => keptOf(record, gone, { nowMs, nonce }));
  const spans = spansOf(read.entries, nowMs, 1);
  const lease =
    spans.length > 0 ? newLease({ partition, epoch }, spans, nowMs + leaseMs, nonce(), taker) : undefined;
  // What the record keeps comes before what lies behind it.
  const joined = read.left.length > 0 && kept.length === 0 ? behind : undefined;
  const left = withExpiriesOf(
    read.left,
    records.flatMap((record) => record.spans),
  );
  const waiting = left.length > 0 ? [waitingOf(first, left, joined, nonce())] : [];
  const keptIds = new Set(kept.map(({ id }) => id));
  const expired = expiredOf(read);
  const fresh = [...(lease ? [lease] : []), ...waiting];
  const became = new Map(
    records.map((record, index) => {
      const rest = keptIds.has(record.id) ? [record.id] : [];
      return [record.id, [...(index === 0 ? fresh.map(({ id }) => id) : []), ...rest]];
    }),
  );
  if (joined) became.set(joined.id, []);
  const move: Move = {
    remove: [...records.filter(({ id }) => !keptIds.has(id)), ...hints, ...(joined ? [joined] : [])],
    put: [...fresh, ...kept],
    setAside: read.setAside,
    ...(expired > 0 ? { expired } : {}),
    ...(read.dead?.length ? { deadLetters: read.dead } : {}),
  };
  return { move, ...(lease ? { lease } : {}), became };
}

/**
 * A retry for what was due but is not handed out. It stays due as before. Messages of a joined retry keep their own
 * deadlines.
 */
function waitingOf(first: Holding, left: readonly Span[], joined: Retry | undefined, nonce: string): Retry {
  const dueMs = Math.min(first.dueMs, joined?.dueMs ?? first.dueMs);
  const all = [
    ...unmarked(left).map((span) => ({ ...span, dueMs: first.dueMs })),
    ...(joined ? joinedSpans(joined) : []),
  ];
  const spans = all.map(({ dueMs: own, ...span }) => (own > dueMs ? { ...span, dueMs: own } : span));
  return newRetry(first, joinSpans(spans), dueMs, nonce);
}

const joinedSpans = (retry: Retry) =>
  openSpans(retry).map((span) => ({ ...span, dueMs: deadlineOf(retry, span) }));

/**
 * The record without what was taken, with a hint if it is due sooner than its id says; nothing if none of it is left.
 * What was taken decides, not the time, because the clock may have moved since. What waited for that alone is due at
 * once.
 */
export function keptOf(record: Holding, gone: ReadonlySet<Offset>, { nowMs, nonce }: Making): readonly Due[] {
  const followers = followersOf(record, new Map([...gone].map((at) => [at, undefined])), nowMs);
  const spans = without(dueAt(withDeadlines(record), followers), gone);
  if (openSpans({ spans, done: record.done }).length === 0) return [];
  const marked = record.kind === "lease" ? { ...record, isMarked: true as const } : record;
  const rest = redated(marked, spans);
  // The move removes the hint that led here.
  return [rest, ...hintFor(record, rest, nonce)];
}

/**
 * For a record that was found too early: nothing of it is due, because what was due first has been acknowledged. Puts
 * it with its right deadline, so that looks do not find it again too early; undefined if it has that deadline already.
 */
export function dateAnew(record: Holding, nonce: () => string): Move | undefined {
  const next = redated(record, withDeadlines(record));
  return next.dueMs === record.dueMs
    ? undefined
    : { put: [next, ...hintFor(record, next, nonce, record.dueMs)] };
}

/**
 * Counts the messages that expired: they were looked at, their slots are not unreadable, and yet they are no longer
 * there or have passed their own expiry.
 */
export function expiredOf({ wanted, entries, dead = [], setAside, left }: DueRead): number {
  const looked = without(wanted, new Set(offsetsIn(left)));
  const unreadable = looked.reduce(
    (sum, span) => sum + setAside.reduce((all, slot) => all + overlap(span, slot), 0),
    0,
  );
  return spanLength(looked) - entries.length - dead.length - unreadable;
}

const overlap = ({ from, to }: Span, { base, count }: SetAside): number =>
  Math.max(0, Math.min(to, base + count) - Math.max(from, base));
