/**
 * How much of a subscription is handed out and how much waits, in messages. `capped`: there is more than was counted.
 */
export interface ProgressTotals {
  readonly inFlight: number;
  readonly retrying: number;
  readonly oldestPublishedAtMs?: number;
  readonly capped: boolean;
}
