import { type Lease, type Retry, dueId } from "../progress/records.js";
import { withExpiriesThatFit } from "../progress/expiries.js";
import { withPastThatFits } from "../progress/past.js";
import { type Span, joinSpans } from "../progress/spans.js";

/** What a transition gets from outside: the time, and fresh names. */
export interface Making {
  readonly nowMs: number;
  readonly nonce: () => string;
}

interface Where {
  readonly partition: number;
  readonly epoch: number;
}

function held({ partition, epoch }: Where, spans: readonly Span[], dueMs: number, nonce: string) {
  return {
    id: dueId(dueMs, nonce),
    partition,
    epoch,
    spans: withPastThatFits(withExpiriesThatFit(spans)),
    done: [],
    version: 1,
    dueMs,
  };
}

/** Who gets a lease, as far as it is known. */
export type LeaseTaker = Pick<Lease, "consumer" | "beside">;

/** A lease of `spans` until `dueMs`. */
export const newLease = (
  where: Where,
  spans: readonly Span[],
  dueMs: number,
  nonce: string,
  { consumer, beside }: LeaseTaker = {},
): Lease => ({
  kind: "lease",
  ...held(where, spans, dueMs, nonce),
  ...(consumer ? { consumer } : {}),
  ...(beside === undefined ? {} : { beside }),
});

/** Messages that wait until `dueMs`. */
export const newRetry = (where: Where, spans: readonly Span[], dueMs: number, nonce: string): Retry => ({
  kind: "retry",
  ...held(where, spans, dueMs, nonce),
});

/** The spans as a new record holds them: without their own deadlines or their mark of a voided receipt. */
export const unmarked = (spans: readonly Span[]): Span[] =>
  joinSpans(spans.map(({ dueMs: _, isReturned: __, parkedUntilMs: ___, ...span }) => span));

/**
 * A retry of one key, or of all that hold a partition. Its messages are handed out in order: what lies behind one that
 * is not due waits with it. What is due already goes first only to become a dead letter, which overtakes nothing.
 */
export function retryInOrder(
  where: Where,
  spans: readonly (Span & { readonly dueMs: number })[],
  { nowMs, nonce }: { readonly nowMs: number; readonly nonce: string },
): Retry {
  let lastMs = nowMs;
  const dated = spans.map(({ isReturned: _, keyAt: __, parkedUntilMs, dueMs, ...span }) => {
    const isWaiting = parkedUntilMs !== undefined || dueMs > nowMs;
    if (isWaiting) lastMs = Math.max(lastMs, parkedUntilMs ?? dueMs);
    return { ...span, dueMs: isWaiting ? lastMs : nowMs };
  });
  const firstMs = Math.min(...dated.map(({ dueMs }) => dueMs));
  const own = dated.map(({ dueMs, ...span }) => (dueMs > firstMs ? { ...span, dueMs } : span));
  return newRetry(where, joinSpans(own), firstMs, nonce);
}
