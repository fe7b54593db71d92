import type { Offset, Slot } from "../slot.js";
import { headerOf } from "../slot-header.js";
import { type Filter, mayMatch } from "./evaluate.js";
import { viewOf } from "./view.js";

/**
 * For each message of a slot whether it may match, by what the slot's header shows; without a look at its body this is
 * certain. `open-it`: the header tells nothing.
 */
export function mayMatchIn(
  filter: Filter,
  slot: Pick<Slot, "header" | "count">,
): readonly boolean[] | "open-it" {
  const headers = headerOf(slot);
  return headers === "open-it" ? headers : headers.map((header) => mayMatch(filter, viewOf(header)));
}

/** How many of the slot's messages from `from` on may match; all of them if its header tells nothing. */
export function mayMatchFrom(filter: Filter, slot: Slot, from: Offset): number {
  const may = mayMatchIn(filter, slot);
  const first = Math.max(0, from - slot.base);
  return may === "open-it" ? slot.count - first : may.slice(first).filter(Boolean).length;
}
