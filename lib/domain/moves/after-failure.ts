import type { Subscription } from "../subscription.js";

/** How a message failed. Times are epoch milliseconds. */
export type Failure =
  /** It was pushed, and its handler failed or could not be reached. */
  | { readonly kind: "delivery-failed" }
  /** Its consumer asked for a retry after this delay. */
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
 * The only place that decides what happens to a failed message, pushed or pulled. A failed push waits for the
 * subscription's ack deadline (docs/decisions/0003-failed-deliveries-wait.md). A message whose deadline passed without
 * an answer has already waited, and is due from then on (lib/domain/moves/take.ts).
 */
export function afterFailure(
  failure: Failure,
  { ackDeadlineSeconds }: Pick<Subscription, "ackDeadlineSeconds">,
  nowMs: number,
): AfterFailure {
  const delayMs = failure.kind === "handed-back" ? failure.delayMs : ackDeadlineSeconds * 1_000;
  return { kind: "retry", dueMs: nowMs + Math.max(LEAST_RETRY_DELAY_MS, delayMs) };
}
