import { type Offset, type Slot, type Tail, nextOffset } from "../../domain/slot.js";
import type { PartitionRef } from "../../domain/topic.js";
import type { Engine } from "../engine.js";

/** Halvings that find any offset below 2^53. */
const SEARCH_STEPS = 54;

/**
 * Base of the first slot from `from` on that `holds`, for what holds of every slot behind one of which it holds: times
 * and expiries never go back along a partition. Undefined where it holds of none. Each step is one read; the first
 * finds where the log begins, since that is at the clock in microseconds, and half of them would go into the void.
 */
export async function firstSlotBase(
  { log }: Engine,
  partition: PartitionRef,
  tail: Tail,
  from: Offset,
  holds: (slot: Tail) => boolean,
): Promise<Offset | undefined> {
  if (!holds(tail)) return undefined;
  // It holds of none of the slots below `low`, and of the one at `high`.
  let low = Math.min(from, tail.base);
  let high = tail.base;
  const [first] = (await log.read(partition, low, 1, { consistent: true })).slots;
  if (first && holds(first)) return first.base;
  if (first) low = nextOffset(first);
  for (let step = 1; step <= SEARCH_STEPS && low < high; step++) {
    const middle = low + Math.floor((high - low) / 2);
    const slot: Slot | undefined = await log.slotAt(partition, middle);
    if (slot && slot.base >= low && holds(slot)) high = slot.base;
    else low = Math.max(middle + 1, slot ? nextOffset(slot) : 0);
  }
  return high;
}
