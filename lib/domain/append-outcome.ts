import type { Tail } from "./slot.js";

/** What became of an append. `lost` shows who holds the place; `anchor-moved`: read the anchor and the tail again. */
export type AppendOutcome =
  | { readonly kind: "stored" }
  | { readonly kind: "lost"; readonly winner: Tail }
  | { readonly kind: "anchor-moved" };
