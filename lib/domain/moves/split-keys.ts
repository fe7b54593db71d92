import { chainNonce, keysIn } from "../progress/chains.js";
import { deadlineOf, hintFor, redated, withDeadlines } from "../progress/deadlines.js";
import { type Hint, type Lease, type Move, type Retry, isWaiting, openSpans } from "../progress/records.js";
import { type Span, inOrder, spanLength } from "../progress/spans.js";
import { invariant } from "../invariant.js";
import { type Making, retryInOrder } from "./making.js";
import { openOfKey, placeOfKey } from "./release-keys.js";
import { silenced } from "./take.js";

/** A lease of several keys that ran out. */
export interface SplitLease {
  readonly move: Move;
  /** By the lease's id: the ids of the records that replace it. */
  readonly became: ReadonlyMap<string, readonly string[]>;
}

/**
 * Each key with something due becomes a retry of its own, so that each is handed out apart, and what its consumer fails
 * by is found at once. The other keys stay in the lease. undefined if nothing of it is due.
 */
export function splitKeys(
  lease: Lease,
  hints: readonly Hint[],
  { nowMs, nonce }: Making,
): SplitLease | undefined {
  const keys = keysIn(lease.id);
  invariant(keys !== undefined && keys.length > 1, "a lease of several keys");
  const isSilent = (span: Span): boolean => !isWaiting(lease, span) && deadlineOf(lease, span) <= nowMs;
  const all = openSpans(lease);
  // Whoever acknowledged the last of it died before it was removed.
  if (all.length === 0) return { move: { remove: [lease, ...hints] }, became: new Map([[lease.id, []]]) };
  const among = spanLength(all.filter(isSilent));
  const retries: Retry[] = [];
  const kept: Span[] = [];
  for (const [place, hash] of keys.entries()) {
    const open = openOfKey(lease, place);
    if (!open.some((span) => deadlineOf(lease, span) <= nowMs)) {
      kept.push(...withDeadlines(lease).filter((span) => placeOfKey(span) === place));
      continue;
    }
    const dated = open.map((span) => ({
      ...(isSilent(span) ? silenced(lease, span, among) : span),
      dueMs: deadlineOf(lease, span),
    }));
    retries.push(retryInOrder(lease, dated, { nowMs, nonce: chainNonce(hash, nonce()) }));
  }
  if (retries.length === 0) return undefined;
  const isLeft = openSpans({ spans: kept, done: lease.done }).length > 0;
  const rest = isLeft ? redated({ ...lease, isMarked: true as const }, inOrder(kept)) : undefined;
  const replaced = [...(rest ? [rest] : []), ...retries];
  return {
    move: {
      remove: [...(rest ? [] : [lease]), ...hints],
      put: [...replaced, ...(rest ? hintFor(lease, rest, nonce) : [])],
    },
    became: new Map([[lease.id, replaced.map(({ id }) => id)]]),
  };
}
