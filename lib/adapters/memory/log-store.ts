import { versionAfter } from "../../domain/anchor.js";
import type { LogStore } from "../../domain/ports/log-store.js";
import { type Slot, tailOf } from "../../domain/slot.js";
import { anchorsOf, append, appendAll, replace, setAnchor, slotsOf, versionOf } from "./append.js";
import { putClaim, refusedClaims } from "./records.js";
import { type MemoryStorage, answered, copy, copySlot, slotIndex } from "./storage.js";

/** A page ends at 1 MB, as in DynamoDB. */
const PAGE_BYTES = 1_048_576;
/** The size of a slot without its content. */
const SLOT_OVERHEAD_BYTES = 200;

export function memoryLogStore(storage: MemoryStorage): LogStore {
  return {
    ...appendsIn(storage),
    tail: async (partition) => {
      await answered();
      const last = slotsOf(storage, partition).at(-1);
      return last && tailOf(last);
    },
    anchorVersion: async (partition) => {
      await answered();
      return versionOf(storage, partition);
    },
    anchors: async (topic) => {
      await answered();
      return new Map([...anchorsOf(storage, topic)].sort(([a], [b]) => a - b).map(copy));
    },
    noteTail: async (partition, version, tail) => {
      await answered();
      if (version === 0 || versionOf(storage, partition) !== version) return;
      setAnchor(storage, partition, { version, tail: tailOf(tail) });
    },
    raise: async (partition, version, nowMs) => {
      await answered();
      if (versionOf(storage, partition) === version)
        setAnchor(storage, partition, { version: versionAfter(version, nowMs) });
    },
    retire: async (partition, version) => {
      await answered();
      if (versionOf(storage, partition) !== version) return;
      storage.anchors.get(partition.topic.uid)?.delete(partition.partition);
    },
    read: async (partition, from, limit) => {
      await answered();
      const slots = slotsOf(storage, partition);
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
    replace: async (partition, before, slot) => {
      await answered();
      return replace(storage, partition, before, slot);
    },
    purge: async ({ uid }) => {
      await answered();
      storage.anchors.delete(uid);
      return true;
    },
    slotAt: async (partition, offset) => {
      await answered();
      const slots = slotsOf(storage, partition);
      const slot = slots[slotIndex(slots, offset + 1) - 1];
      return slot && copySlot(slot);
    },
  };
}

const appendsIn = (storage: MemoryStorage): Pick<LogStore, "append" | "appendAll" | "claim"> => ({
  append: async (partition, slot, options = {}) => {
    await answered();
    return append(storage, partition, slot, options);
  },
  appendAll: async (all) => {
    await answered();
    return appendAll(storage, all);
  },
  claim: async (claim, nowMs) => {
    await answered();
    const [refusal] = refusedClaims(storage, [claim], nowMs);
    if (!refusal) putClaim(storage, claim, nowMs);
    return refusal;
  },
});
