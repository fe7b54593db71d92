import { chainKey, chainNonce, keyedNonce } from "../progress/chains.js";
import { deadlineOf } from "../progress/deadlines.js";
import { type Hint, type Holding, type Move, openSpans } from "../progress/records.js";
import { type Span, inOrder, offsetsIn, spanAt, without } from "../progress/spans.js";
import { invariant } from "../invariant.js";
import { newLease, retryInOrder } from "./making.js";
import { type DueRead, type TakenAgain, type Taking, expiredOf, spansOf } from "./take.js";

/**
 * Hands out the first messages of some keys again, under one lease. The others stay in it, parked, so that each key is
 * in one record and nothing of it can be taken beside them. Of a key of which nothing was looked at, the record stays.
 */
export function takeChains(
  records: readonly Holding[],
  hints: readonly Hint[],
  read: DueRead,
  { nowMs, leaseMs, nonce, ...taker }: Taking,
): TakenAgain {
  const looked = new Set(offsetsIn(without(read.wanted, new Set(offsetsIn(read.left)))));
  const isTouched = (record: Holding): boolean => {
    const open = offsetsIn(openSpans(record));
    return open.length === 0 || open.some((offset) => looked.has(offset));
  };
  const touched = records.filter(isTouched);
  const keys: string[] = [];
  const spans: Span[] = [];
  const became = new Map<string, readonly string[]>();
  const put: Holding[] = [];
  let isMarked = false;
  for (const record of touched) {
    const hash = chainKey(record.id);
    invariant(hash !== undefined, "a record of one key");
    const own = read.entries.filter(({ offset }) => spanAt(record.spans, offset) !== undefined);
    const rest = restOf(record, looked);
    if (own.length === 0) {
      const left =
        rest.length > 0 ? [retryInOrder(record, rest, { nowMs, nonce: chainNonce(hash, nonce()) })] : [];
      put.push(...left);
      became.set(
        record.id,
        left.map(({ id }) => id),
      );
      continue;
    }
    const parked = rest.map((span) => parkedSpan(span, Math.max(nowMs, span.dueMs)));
    isMarked ||= parked.length > 0;
    const keyAt = keys.length > 0 ? { keyAt: keys.length } : {};
    spans.push(...[...spansOf(own, nowMs, 1), ...parked].map((span) => ({ ...span, ...keyAt })));
    keys.push(hash);
    became.set(record.id, []);
  }
  const [first] = touched;
  const made =
    first && keys.length > 0
      ? newLease(first, inOrder(spans), nowMs + leaseMs, keyedNonce(keys, nonce()), taker)
      : undefined;
  const lease = made && isMarked ? { ...made, isMarked: true as const } : made;
  const holder = touched.find(({ id }) => became.get(id)?.length === 0 && lease);
  if (lease && holder) became.set(holder.id, [lease.id]);
  const expired = expiredOf(read);
  const move: Move = {
    // A record that stays is found by its hint.
    remove: [...touched, ...hints.filter(({ leaseId }) => became.has(leaseId))],
    setAside: read.setAside,
    ...(expired > 0 ? { expired } : {}),
    put: [...(lease ? [lease] : []), ...put],
  };
  return { move, ...(lease ? { lease } : {}), became };
}

/** What is left of the record, each message with when it may be handed out. */
const restOf = (
  record: Holding,
  looked: ReadonlySet<number>,
): readonly (Span & { readonly dueMs: number })[] =>
  without(openSpans(record), looked).map((span) => ({
    ...span,
    dueMs: span.parkedUntilMs ?? deadlineOf(record, span),
  }));

/** In a lease: it waits behind those before it. */
export function parkedSpan({ dueMs: _, ...span }: Span, parkedUntilMs: number): Span {
  return { ...span, isReturned: true, parkedUntilMs };
}
