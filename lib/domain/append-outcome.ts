import type { Tail } from "./slot.js";

/**
 * What became of an append. `lost` shows who holds the place; `anchor-moved`: read the anchor and the tail again;
 * `refused`: the record beside it with this index is not as it must be, and holds `value` if it is there at all.
 */
export type AppendOutcome =
  | { readonly kind: "stored" }
  | { readonly kind: "lost"; readonly winner: Tail }
  | { readonly kind: "anchor-moved" }
  | { readonly kind: "refused"; readonly index: number; readonly value?: string };
