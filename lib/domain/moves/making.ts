import { type Lease, type Retry, dueId } from "../progress/records.js";
import { withExpiriesThatFit } from "../progress/expiries.js";
import { withErrorsThatFit } from "../progress/last-errors.js";
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
    spans: withErrorsThatFit(withExpiriesThatFit(spans)),
    done: [],
    version: 1,
    dueMs,
  };
}

/** A lease of `spans` until `dueMs`. */
export const newLease = (where: Where, spans: readonly Span[], dueMs: number, nonce: string): Lease => ({
  kind: "lease",
  ...held(where, spans, dueMs, nonce),
});

/** Messages that wait until `dueMs`. */
export const newRetry = (where: Where, spans: readonly Span[], dueMs: number, nonce: string): Retry => ({
  kind: "retry",
  ...held(where, spans, dueMs, nonce),
});

/** The spans as a new record holds them: without their own deadlines or their mark of a voided receipt. */
export const unmarked = (spans: readonly Span[]): Span[] =>
  joinSpans(spans.map(({ dueMs: _, isReturned: __, ...span }) => span));
