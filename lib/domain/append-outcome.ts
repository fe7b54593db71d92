import type { Tail } from "./slot.js";

/** A change beside a slot that was not allowed. `value`: what its record holds, if it is a record and exists. */
export interface Refusal {
  readonly index: number;
  readonly value?: string;
}

/**
 * The outcome of an append. `lost`: another slot, the winner, holds the place. `anchor-moved`: read the anchor and the
 * tail again. `refused`: these changes beside the slot were not allowed, in their order; at least one.
 */
export type AppendOutcome =
  | { readonly kind: "stored" }
  | { readonly kind: "lost"; readonly winner: Tail }
  | { readonly kind: "anchor-moved" }
  | { readonly kind: "refused"; readonly refusals: readonly Refusal[] };
