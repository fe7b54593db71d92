/** What became of a delivery: answered (with the ids that failed), failed as a whole, or never taken. */
export type DeliveryOutcome = (
  | { readonly kind: "answered"; readonly failedIds: ReadonlySet<string> }
  | { readonly kind: "failed"; readonly error: string }
  | { readonly kind: "unavailable"; readonly error: string }
) & {
  /** Names the call in the target's own logs, where it got that far. */
  readonly requestId?: string;
};
