import type { AppendOutcome, LogStore } from "../../domain/ports/log-store.js";
import type { Offset, Slot, Tail } from "../../domain/slot.js";
import { type PartitionRef, partitionKey } from "../../domain/topic.js";
import { type MemoryStorage, answered, copy } from "./storage.js";

/** A page of the log ends here, as DynamoDB's do. */
const PAGE_BYTES = 1_048_576;
/** What a slot has beside its bytes. */
const SLOT_OVERHEAD_BYTES = 200;

/** The first index whose slot has `base >= offset`. */
function indexOf(slots: readonly Slot[], offset: Offset): number {
  let low = 0;
  let high = slots.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((slots[middle] as Slot).base < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

const tailOf = ({ base, count, publishedAtMs, expiresAtMs }: Slot): Tail => ({
  base,
  count,
  publishedAtMs,
  expiresAtMs,
});

export function memoryLogStore(storage: MemoryStorage): LogStore {
  const slotsOf = (partition: PartitionRef): Slot[] => {
    const key = partitionKey(partition);
    const slots = storage.logs.get(key) ?? [];
    storage.logs.set(key, slots);
    return slots;
  };
  const anchorsOf = (uid: string): Map<number, number> => {
    const anchors = storage.anchors.get(uid) ?? new Map<number, number>();
    storage.anchors.set(uid, anchors);
    return anchors;
  };
  return {
    append: async (partition, slot, anchorVersion): Promise<AppendOutcome> => {
      await answered();
      const slots = slotsOf(partition);
      const index = indexOf(slots, slot.base);
      const there = slots[index];
      if (there?.base === slot.base) {
        return there.nonce === slot.nonce ? { kind: "stored" } : { kind: "lost", winner: tailOf(there) };
      }
      const anchors = anchorsOf(partition.topic.uid);
      if (anchorVersion !== undefined) {
        if ((anchors.get(partition.partition) ?? 0) !== anchorVersion) return { kind: "anchor-moved" };
        anchors.set(partition.partition, anchorVersion + 1);
      }
      slots.splice(index, 0, copy(slot));
      storage.ring(partition);
      return { kind: "stored" };
    },
    tail: async (partition) => {
      await answered();
      const last = slotsOf(partition).at(-1);
      return last && tailOf(last);
    },
    anchorVersion: async ({ topic, partition }) => {
      await answered();
      return anchorsOf(topic.uid).get(partition) ?? 0;
    },
    partitionsInUse: async ({ uid }) => {
      await answered();
      return [...anchorsOf(uid).keys()].sort((a, b) => a - b);
    },
    read: async (partition, from, limit) => {
      await answered();
      const slots = slotsOf(partition);
      const start = indexOf(slots, from);
      const page: Slot[] = [];
      let sizeBytes = 0;
      for (let index = start; index < slots.length && page.length < limit; index++) {
        const slot = slots[index] as Slot;
        sizeBytes += SLOT_OVERHEAD_BYTES + (slot.content.kind === "inline" ? slot.content.bytes.length : 0);
        if (sizeBytes > PAGE_BYTES && page.length > 0) break;
        page.push(copy(slot));
      }
      return { slots: page, more: start + page.length < slots.length };
    },
    slotAt: async (partition, offset) => {
      await answered();
      const slots = slotsOf(partition);
      const slot = slots[indexOf(slots, offset + 1) - 1];
      return slot && copy(slot);
    },
  };
}
