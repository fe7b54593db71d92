import { type Offset, type Slot, nextOffset } from "../../domain/slot.js";
import type { PartitionRef } from "../../domain/topic.js";
import type { Engine } from "../engine.js";

/** The slot that holds the message at `offset`; undefined if the message has expired, or never was. */
export async function liveSlotAt(
  { log, clock }: Engine,
  partition: PartitionRef,
  offset: Offset,
): Promise<Slot | undefined> {
  const slot = await log.slotAt(partition, offset);
  return slot && offset < nextOffset(slot) && slot.expiresAtMs > clock.nowMs() ? slot : undefined;
}
