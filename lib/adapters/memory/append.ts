import type { AppendOutcome } from "../../domain/append-outcome.js";
import { assertBeside } from "../../domain/beside.js";
import type { AppendOptions } from "../../domain/ports/log-store.js";
import { type Slot, tailOf } from "../../domain/slot.js";
import { type PartitionRef, type TopicRef, partitionKey } from "../../domain/topic.js";
import { applyBeside, refusalOf } from "./records.js";
import { type MemoryStorage, copySlot, slotIndex } from "./storage.js";

export const slotsOf = ({ logs }: MemoryStorage, partition: PartitionRef): readonly Slot[] =>
  logs.get(partitionKey(partition)) ?? [];

/** Anchor versions by partition. */
export const anchorsOf = ({ anchors }: MemoryStorage, { uid }: TopicRef): ReadonlyMap<number, number> =>
  anchors.get(uid) ?? new Map();

/** Acts as one transaction: it checks everything before it changes anything. */
export function append(
  storage: MemoryStorage,
  partition: PartitionRef,
  slot: Slot,
  { anchorVersion, beside = [] }: AppendOptions,
): AppendOutcome {
  assertBeside(beside);
  storage.limits.assertSlotFits(partition, slot);
  const slots = slotsOf(storage, partition);
  const index = slotIndex(slots, slot.base);
  const there = slots[index];
  const isTaken = there?.base === slot.base;
  if (isTaken && there.nonce === slot.nonce) return { kind: "stored" };
  const refused = refusalOf(storage, slot, beside);
  if (refused) return refused;
  if (isTaken) return { kind: "lost", winner: tailOf(there) };
  if (anchorVersion !== undefined) {
    const version = anchorsOf(storage, partition.topic).get(partition.partition) ?? 0;
    if (version !== anchorVersion) return { kind: "anchor-moved" };
    setAnchor(storage, partition, anchorVersion + 1);
  }
  for (const record of beside) applyBeside(storage, record);
  insert(storage, partition, index, slot);
  storage.ring(partition);
  return { kind: "stored" };
}

function insert({ logs }: MemoryStorage, partition: PartitionRef, index: number, slot: Slot): void {
  const key = partitionKey(partition);
  const slots = logs.get(key) ?? [];
  logs.set(key, slots);
  slots.splice(index, 0, copySlot(slot));
}

function setAnchor({ anchors }: MemoryStorage, { topic, partition }: PartitionRef, version: number): void {
  const versions = anchors.get(topic.uid) ?? new Map<number, number>();
  anchors.set(topic.uid, versions);
  versions.set(partition, version);
}
