import { chainNonce, keysIn } from "../progress/chains.js";
import { deadlineOf, hintFor, redated, withDeadlines } from "../progress/deadlines.js";
import { type Lease, type Move, type Retry, openSpans } from "../progress/records.js";
import { type Span, inOrder, offsetsIn, without } from "../progress/spans.js";
import { type Making, retryInOrder } from "./making.js";

/** A lease of keys once some of these wait for their consumer no more. */
export interface Released {
  readonly move: Move;
  /** A retry for each key that left the lease; undefined if none did, and the lease stays. */
  readonly became?: readonly Retry[];
}

/** The key of a lease that one of its spans is of, by its place in the lease's id. */
export const placeOfKey = ({ keyAt = 0 }: Pick<Span, "keyAt">): number => keyAt;

/** The open messages of one key of a record. */
export const openOfKey = (record: Pick<Lease, "spans" | "done">, place: number): Span[] =>
  openSpans(record).filter((span) => placeOfKey(span) === place);

/**
 * A lease of keys once its messages stand so, each with a deadline. A key of which its consumer has nothing any more
 * leaves it: what failed, and what waited behind, goes on by itself. What failed before others of its key that their
 * consumer still has waits for these, since no key is in two leases.
 */
export function withoutFreeKeys(
  lease: Lease,
  { spans, done }: Pick<Lease, "spans" | "done">,
  { nowMs, nonce }: Making,
): Released {
  const keys = keysIn(lease.id) ?? [];
  const kept: Span[] = [];
  const became: Retry[] = [];
  let isInUse = false;
  for (const [place, hash] of keys.entries()) {
    const all = spans.filter((span) => placeOfKey(span) === place);
    const open = openOfKey({ spans, done }, place);
    const inUse = open.filter(({ isReturned }) => !isReturned);
    if (inUse.length > 0) {
      isInUse = true;
      const untilMs = Math.max(...inUse.map((span) => deadlineOf(lease, span)));
      kept.push(...all.map((span) => (span.isReturned ? behindOthers(span, untilMs, nowMs) : span)));
      continue;
    }
    // What was acknowledged stays while the lease does, so that a repeat counts.
    kept.push(...without(all, new Set(offsetsIn(open))));
    const dated = open.map((span) => ({ ...span, dueMs: span.dueMs ?? lease.dueMs }));
    if (open.length > 0) became.push(retryInOrder(lease, dated, { nowMs, nonce: chainNonce(hash, nonce()) }));
  }
  if (!isInUse) return { move: { remove: [lease], put: became }, became };
  const rest = redated({ ...lease, done, isMarked: true as const }, inOrder(kept));
  const move = { put: [rest, ...became, ...hintFor(lease, rest, nonce, lease.dueMs)] };
  return { move, ...(became.length > 0 ? { became } : {}) };
}

function behindOthers(span: Span, dueMs: number, nowMs: number): Span {
  return { ...span, dueMs, parkedUntilMs: span.parkedUntilMs ?? span.dueMs ?? nowMs };
}

/** What has to be written where messages were acknowledged, and others wait behind them; undefined if none do. */
export function releaseKeys(lease: Lease, making: Making): Released | undefined {
  const released = withoutFreeKeys(lease, { spans: withDeadlines(lease), done: lease.done }, making);
  return released.became === undefined ? undefined : released;
}
