import type { Tail } from "./slot.js";

/**
 * The outcome of an append. `lost`: another slot, the winner, holds the place. `anchor-moved`: read the anchor and the
 * tail again. `refused`: the change at `index` of those beside the slot was not allowed; `value` is what its record
 * holds, if it is a record and exists.
 */
export type AppendOutcome =
  | { readonly kind: "stored" }
  | { readonly kind: "lost"; readonly winner: Tail }
  | { readonly kind: "anchor-moved" }
  | { readonly kind: "refused"; readonly index: number; readonly value?: string };
