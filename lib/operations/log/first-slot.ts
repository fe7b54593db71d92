import { type Offset, type Slot, type Tail, nextOffset } from "../../domain/slot.js";
import type { PartitionRef } from "../../domain/topic.js";
import type { Engine } from "../engine.js";

/** Enough halvings to find any offset below 2^53. */
const SEARCH_STEPS = 54;

/**
 * Finds the first slot from `from` on for which `holds` is true; returns its base, or undefined if there is none. If
 * `holds` is true for a slot it must be true for all later ones: publish times and expiries never decrease along a
 * partition. Each step is one read. The first read finds where the log begins: offsets start at the clock in
 * microseconds, so half of the steps would otherwise search where there is nothing.
 */
export async function firstSlotBase(
  { log }: Engine,
  partition: PartitionRef,
  tail: Tail,
  from: Offset,
  holds: (slot: Tail) => boolean,
): Promise<Offset | undefined> {
  if (!holds(tail)) return undefined;
  // `holds` is false for every slot below `low`, and true for the slot at `high`.
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
