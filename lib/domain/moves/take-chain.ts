import { chainKey, nonceLike } from "../progress/chains.js";
import { deadlineOf } from "../progress/deadlines.js";
import { type Hint, type Holding, openSpans } from "../progress/records.js";
import { type Span, inOrder, offsetsIn, without } from "../progress/spans.js";
import { invariant } from "../invariant.js";
import { newLease, retryInOrder } from "./making.js";
import { type DueRead, type TakenAgain, type Taking, expiredOf, spansOf } from "./take.js";

/**
 * Hands out the first messages of a key again. The others stay in the lease, parked, so that the key is in one record
 * and nothing of it can be taken beside them.
 */
export function takeChain(
  record: Holding,
  hints: readonly Hint[],
  read: DueRead,
  { nowMs, leaseMs, nonce, consumer }: Taking,
): TakenAgain {
  invariant(chainKey(record.id) !== undefined, "a record of one key");
  const looked = without(read.wanted, new Set(offsetsIn(read.left)));
  const rest = restOf(record, new Set(offsetsIn(looked)));
  const leased = spansOf(read.entries, nowMs, 1);
  const name = nonceLike(record.id, nonce());
  const expired = expiredOf(read);
  const move = {
    remove: [record, ...hints],
    setAside: read.setAside,
    ...(expired > 0 ? { expired } : {}),
  };
  if (leased.length > 0) {
    const parked = rest.map((span) => parkedSpan(span, Math.max(nowMs, span.dueMs)));
    const made = newLease(record, inOrder([...leased, ...parked]), nowMs + leaseMs, name, consumer);
    const lease = parked.length > 0 ? { ...made, isMarked: true as const } : made;
    return { move: { ...move, put: [lease] }, lease, became: new Map([[record.id, [lease.id]]]) };
  }
  const put = rest.length > 0 ? [retryInOrder(record, rest, { nowMs, nonce: name })] : [];
  return { move: { ...move, put }, became: new Map([[record.id, put.map(({ id }) => id)]]) };
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
