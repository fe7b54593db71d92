import type { Span } from "../progress/spans.js";
import type { Subscription } from "../subscription.js";
import { type BackingOff, waitMs } from "./backoff.js";

/** How a message failed. Times are epoch milliseconds. */
export type Failure =
  /** Its handler failed or could not be reached, or its consumer said so. `attempt`: which one it was, from 1. */
  | { readonly kind: "failed"; readonly attempt: number }
  /** Its consumer asked for another attempt after this delay. */
  | { readonly kind: "handed-back"; readonly delayMs: number };

/** What happens to a failed message. So far it always waits for another attempt. */
export interface AfterFailure {
  readonly kind: "retry";
  /** When it is handed out again. */
  readonly dueMs: number;
}

/** Without a delay, a message that fails at once would be handed out as fast as its consumer can fail. */
export const LEAST_RETRY_DELAY_MS = 1_000;

/**
 * The only place that decides what happens to a failed message, pushed or pulled: it waits as its subscription's
 * settings say. A message whose deadline passed without an answer has already waited, and is due from then on
 * (lib/domain/moves/take.ts).
 */
export function afterFailure(
  failure: Failure,
  { retry }: Pick<Subscription, "retry">,
  { nowMs, below }: BackingOff,
): AfterFailure {
  const delayMs = failure.kind === "handed-back" ? failure.delayMs : waitMs(retry, failure.attempt, below);
  return { kind: "retry", dueMs: nowMs + Math.max(LEAST_RETRY_DELAY_MS, delayMs) };
}

/**
 * When messages of one delivery that failed are due again, by their attempt. Those of the same attempt wait together,
 * and so share a record.
 */
export function dueAfterFailure(
  settings: Pick<Subscription, "retry">,
  backingOff: BackingOff,
): (attempt: number) => number {
  const known = new Map<number, number>();
  return (attempt) => {
    const dueMs = known.get(attempt) ?? afterFailure({ kind: "failed", attempt }, settings, backingOff).dueMs;
    known.set(attempt, dueMs);
    return dueMs;
  };
}

/**
 * Whether a message has no attempt left, or was rejected: it becomes a dead letter when it is next due, whoever looks.
 * So a limit that is lowered strands nothing.
 */
export const isOver = (
  { charged = 0, isRejected }: Pick<Span, "charged" | "isRejected">,
  { retry }: Pick<Subscription, "retry">,
): boolean => isRejected === true || charged >= retry.maxAttempts;
