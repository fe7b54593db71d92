import type { Subscription } from "../subscription.js";

/** How a message failed. Times are epoch milliseconds. */
export type Failure =
  /** It was pushed, and its handler failed, or was not there. */
  | { readonly kind: "delivery-failed" }
  /** Its consumer asked for a retry, so long from now. */
  | { readonly kind: "handed-back"; readonly delayMs: number };

/** What becomes of a message that failed: for now it always waits for another attempt. */
export interface AfterFailure {
  readonly kind: "retry";
  /** When it is handed out again. */
  readonly dueMs: number;
}

/** A message that fails at once and is due at once would be handed out as fast as its consumer can fail. */
export const LEAST_RETRY_DELAY_MS = 1_000;

/**
 * The one place that decides what becomes of a message that failed, pushed or pulled. A failed push waits for the
 * subscription's ack deadline (docs/decisions/0003-failed-deliveries-wait.md). One whose deadline passed without a word
 * has waited already: it is due since then (lib/domain/moves/take.ts).
 */
export function afterFailure(
  failure: Failure,
  { ackDeadlineSeconds }: Pick<Subscription, "ackDeadlineSeconds">,
  nowMs: number,
): AfterFailure {
  const delayMs = failure.kind === "handed-back" ? failure.delayMs : ackDeadlineSeconds * 1_000;
  return { kind: "retry", dueMs: nowMs + Math.max(LEAST_RETRY_DELAY_MS, delayMs) };
}
