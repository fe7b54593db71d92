import { invariant } from "../invariant.js";
import type { Offset } from "../slot.js";
import { type Failure, areSameFailures } from "./failures.js";

/** A range of offsets with the same past. */
export interface Span {
  readonly from: Offset;
  /** Exclusive. */
  readonly to: Offset;
  /** Base of the slot that holds `from`. */
  readonly slotBase: Offset;
  /** How often it was handed out, this time included. 0: never. */
  readonly attempt: number;
  /** How many of those attempts failed by its own doing. @default 0 */
  readonly charged?: number;
  /**
   * The most messages that it is handed out with, itself included: it was among several that failed together, and which
   * of them was the cause is not known.
   */
  readonly together?: number;
  readonly publishedAtMs: number;
  readonly firstReceivedAtMs?: number;
  /** Its own deadline, if it is later than its record's. */
  readonly dueMs?: number;
  /** Its consumer sent it back: it waits in its lease, and its receipt is void. */
  readonly isReturned?: true;
  /**
   * With ordering, in a lease: it was not handed out, but waits behind others of its key; from then on it may be. It is
   * marked as sent back too.
   */
  readonly parkedUntilMs?: number;
  /** In a lease of several keys: which of them it is of, by its place in the lease's id. */
  readonly keyAt?: number;
  /** Its consumer said that no other attempt will do: it is due at once, to become a dead letter. */
  readonly isRejected?: true;
  /** Why it failed last, in its consumer's words. */
  readonly lastError?: string;
  /** The attempts of it that failed, in their order: the last ones. */
  readonly failures?: readonly Failure[];
  /** When all of its messages have passed their own expiry, if that is before their slot's; it may be rounded up. */
  readonly expiresAtMs?: number;
  /** One message that was mended as it was sent again: the name of what replaces its content in the log. */
  readonly mended?: string;
  /**
   * It is none of its messages, but stands for the dead letter of one: until that dead letter is sent again, deleted or
   * past this time, its key holds (holds.ts).
   */
  readonly heldUntilMs?: number;
}

export const spanLength = (spans: readonly Span[]): number =>
  spans.reduce((sum, { from, to }) => sum + (to - from), 0);

/** The spans without the offsets in `gone`. `slotBase` stays: a read from there still finds the rest. */
export function without(spans: readonly Span[], gone: ReadonlySet<Offset>): Span[] {
  const rest: Span[] = [];
  for (const span of spans) {
    let from = span.from;
    // The span's end closes the last remaining piece, as a gone offset does.
    const ends = [...gone, span.to].filter((at) => at >= span.from && at <= span.to).sort((a, b) => a - b);
    for (const to of ends) {
      if (from < to) rest.push({ ...span, from, to });
      from = to + 1;
    }
  }
  return rest;
}

/** Splits off the first `count` offsets. */
export function splitSpans(spans: readonly Span[], count: number): [taken: Span[], left: Span[]] {
  invariant(count > 0, "a split takes something");
  const taken: Span[] = [];
  const left: Span[] = [];
  let room = count;
  for (const span of spans) {
    const length = span.to - span.from;
    if (room >= length) taken.push(span);
    else if (room <= 0) left.push(span);
    else {
      taken.push({ ...span, to: span.from + room });
      left.push({ ...span, from: span.from + room });
    }
    room -= Math.min(room, length);
  }
  return [taken, left];
}

/** Joins neighbours with the same past. */
export function joinSpans(spans: readonly Span[]): Span[] {
  const joined: Span[] = [];
  for (const span of spans) {
    const last = joined.at(-1);
    if (last?.to === span.from && isAlike(last, span)) joined[joined.length - 1] = { ...last, to: span.to };
    else joined.push(span);
  }
  return joined;
}

const isAlike = (one: Span, other: Span): boolean =>
  one.attempt === other.attempt &&
  one.charged === other.charged &&
  one.together === other.together &&
  one.firstReceivedAtMs === other.firstReceivedAtMs &&
  one.dueMs === other.dueMs &&
  one.isReturned === other.isReturned &&
  one.parkedUntilMs === other.parkedUntilMs &&
  one.keyAt === other.keyAt &&
  one.isRejected === other.isRejected &&
  one.lastError === other.lastError &&
  areSameFailures(one.failures, other.failures) &&
  one.expiresAtMs === other.expiresAtMs &&
  one.mended === other.mended &&
  one.heldUntilMs === other.heldUntilMs;

export function spanAt(spans: readonly Span[], offset: Offset): Span | undefined {
  for (const span of spans) if (offset >= span.from && offset < span.to) return span;
  return undefined;
}

export const inOrder = (spans: readonly Span[]): Span[] => [...spans].sort((a, b) => a.from - b.from);

/** Replaces the messages at the offsets in `changes`. Each change gets its old span, cut to one message. */
export function changeAt(spans: readonly Span[], changes: ReadonlyMap<Offset, (span: Span) => Span>): Span[] {
  const changed = [...changes].flatMap(([from, change]) => {
    const span = spanAt(spans, from);
    return span ? [change({ ...span, from, to: from + 1 })] : [];
  });
  return joinSpans(inOrder([...without(spans, new Set(changes.keys())), ...changed]));
}

export const offsetsIn = (spans: readonly Span[]): Offset[] =>
  spans.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, index) => from + index));
