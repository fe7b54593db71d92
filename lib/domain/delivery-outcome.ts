/**
 * Why a target took nothing. `throttled`: it has too much to do (a throttled function, 429, 503). `missing`: there is
 * no such function. `forbidden`: Sluice may not call it. `unreachable`: no connection, or none in time. `gone`: it says
 * that it will not come back (410).
 */
export type UnavailableReason = "throttled" | "missing" | "forbidden" | "unreachable" | "gone";

/** A target that took nothing of a delivery: no message has failed, and none counts an attempt. */
export interface Unavailable {
  readonly kind: "unavailable";
  readonly reason: UnavailableReason;
  readonly error: string;
  /** How long it asks to be left alone. */
  readonly retryAfterMs?: number;
}

/** What a subscriber said of a message that it named as failed. */
export interface SaidOfFailed {
  /** Another attempt will not do. */
  readonly isRejected?: true;
  readonly error?: string;
}

/** The outcome of a delivery: answered (with the ids that failed), failed as a whole, or never accepted. */
export type DeliveryOutcome = (
  | {
      readonly kind: "answered";
      readonly failedIds: ReadonlySet<string>;
      /** By id; of most that failed nothing is said. */
      readonly said?: ReadonlyMap<string, SaidOfFailed>;
    }
  | { readonly kind: "failed"; readonly error: string }
  | Unavailable
) & {
  /** Identifies the call in the target's own logs, if it got that far. */
  readonly requestId?: string;
  /** The HTTP status of a webhook's answer. */
  readonly status?: number;
};
