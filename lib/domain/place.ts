import type { Offset } from "./slot.js";

/** A place in a partition from which to read: an offset, and the base of the slot that holds it. */
export interface Place {
  readonly head: Offset;
  readonly slotBase: Offset;
}
