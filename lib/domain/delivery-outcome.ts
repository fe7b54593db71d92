/** The outcome of a delivery: answered (with the ids that failed), failed as a whole, or never accepted. */
export type DeliveryOutcome = (
  | { readonly kind: "answered"; readonly failedIds: ReadonlySet<string> }
  | { readonly kind: "failed"; readonly error: string }
  | { readonly kind: "unavailable"; readonly error: string }
) & {
  /** Identifies the call in the target's own logs, if it got that far. */
  readonly requestId?: string;
};
