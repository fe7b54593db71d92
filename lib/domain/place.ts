import type { Offset } from "./slot.js";

/** A place in a partition where a read goes on: an offset, and the base of the slot that it lies in. */
export interface Place {
  readonly head: Offset;
  readonly slotBase: Offset;
}
