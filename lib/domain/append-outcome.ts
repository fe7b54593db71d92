import type { Tail } from "./slot.js";

/**
 * The outcome of an append. `lost`: another slot, the winner, holds the place. `anchor-moved`: read the anchor and the
 * tail again. `refused`: the record at `index` of those beside the slot did not allow its change; `value` is what it
 * holds, if it exists.
 */
export type AppendOutcome =
  | { readonly kind: "stored" }
  | { readonly kind: "lost"; readonly winner: Tail }
  | { readonly kind: "anchor-moved" }
  | { readonly kind: "refused"; readonly index: number; readonly value?: string };
