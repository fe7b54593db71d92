import type { LogStore } from "../../domain/ports/log-store.js";
import type { Slot, Tail } from "../../domain/slot.js";
import { type PartitionRef, type TopicRef, partitionKey } from "../../domain/topic.js";
import { type MemoryStorage, answered, copySlot, slotIndex } from "./storage.js";
import type { AppendOutcome } from "../../domain/append-outcome.js";

/** A page of the log ends here, as DynamoDB's do. */
const PAGE_BYTES = 1_048_576;
/** What a slot has beside its bytes. */
const SLOT_OVERHEAD_BYTES = 200;

const tailOf = ({ base, count, publishedAtMs, expiresAtMs }: Slot): Tail => ({
  base,
  count,
  publishedAtMs,
  expiresAtMs,
});

export function memoryLogStore(storage: MemoryStorage): LogStore {
  const slotsOf = (partition: PartitionRef): readonly Slot[] =>
    storage.logs.get(partitionKey(partition)) ?? [];
  const anchorsOf = ({ uid }: TopicRef): ReadonlyMap<number, number> => storage.anchors.get(uid) ?? new Map();
  const insert = (partition: PartitionRef, index: number, slot: Slot): void => {
    const key = partitionKey(partition);
    const slots = storage.logs.get(key) ?? [];
    storage.logs.set(key, slots);
    slots.splice(index, 0, copySlot(slot));
  };
  const setAnchor = ({ topic, partition }: PartitionRef, version: number): void => {
    const anchors = storage.anchors.get(topic.uid) ?? new Map<number, number>();
    storage.anchors.set(topic.uid, anchors);
    anchors.set(partition, version);
  };
  return {
    append: async (partition, slot, anchorVersion): Promise<AppendOutcome> => {
      await answered();
      storage.limits.assertSlotFits(partition, slot);
      const slots = slotsOf(partition);
      const index = slotIndex(slots, slot.base);
      const there = slots[index];
      if (there?.base === slot.base) {
        return there.nonce === slot.nonce ? { kind: "stored" } : { kind: "lost", winner: tailOf(there) };
      }
      if (anchorVersion !== undefined) {
        if ((anchorsOf(partition.topic).get(partition.partition) ?? 0) !== anchorVersion)
          return { kind: "anchor-moved" };
        setAnchor(partition, anchorVersion + 1);
      }
      insert(partition, index, slot);
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
      return anchorsOf(topic).get(partition) ?? 0;
    },
    partitionsInUse: async (topic) => {
      await answered();
      return [...anchorsOf(topic).keys()].sort((a, b) => a - b);
    },
    read: async (partition, from, limit) => {
      await answered();
      const slots = slotsOf(partition);
      const start = slotIndex(slots, from);
      const page: Slot[] = [];
      let sizeBytes = 0;
      for (let index = start; index < slots.length && page.length < limit; index++) {
        const slot = slots[index] as Slot;
        sizeBytes += SLOT_OVERHEAD_BYTES + (slot.content.kind === "inline" ? slot.content.bytes.length : 0);
        if (sizeBytes > PAGE_BYTES && page.length > 0) break;
        page.push(copySlot(slot));
      }
      return { slots: page, more: start + page.length < slots.length };
    },
    purge: async ({ uid }) => {
      await answered();
      storage.anchors.delete(uid);
      return true;
    },
    slotAt: async (partition, offset) => {
      await answered();
      const slots = slotsOf(partition);
      const slot = slots[slotIndex(slots, offset + 1) - 1];
      return slot && copySlot(slot);
    },
  };
}
