import { type Anchor, versionAfter } from "../../domain/anchor.js";
import type { AppendOutcome } from "../../domain/append-outcome.js";
import { assertBeside } from "../../domain/beside.js";
import type { AppendOptions } from "../../domain/ports/log-store.js";
import { type Slot, tailOf } from "../../domain/slot.js";
import { type PartitionRef, type TopicRef, partitionKey } from "../../domain/topic.js";
import { applyBeside, refusalOf } from "./records.js";
import { type MemoryStorage, copySlot, slotIndex } from "./storage.js";

export const slotsOf = ({ logs }: MemoryStorage, partition: PartitionRef): readonly Slot[] =>
  logs.get(partitionKey(partition)) ?? [];

/** By partition. */
export const anchorsOf = ({ anchors }: MemoryStorage, { uid }: TopicRef): ReadonlyMap<number, Anchor> =>
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
    if (versionOf(storage, partition) !== anchorVersion) return { kind: "anchor-moved" };
    setAnchor(storage, partition, { version: versionAfter(anchorVersion, slot.publishedAtMs) });
  }
  for (const record of beside) applyBeside(storage, slot, record);
  insert(storage, partition, index, slot);
  storage.ring(partition, slot);
  return { kind: "stored" };
}

function insert({ logs }: MemoryStorage, partition: PartitionRef, index: number, slot: Slot): void {
  const key = partitionKey(partition);
  const slots = logs.get(key) ?? [];
  logs.set(key, slots);
  slots.splice(index, 0, copySlot(slot));
}

export const versionOf = (storage: MemoryStorage, { topic, partition }: PartitionRef): number =>
  anchorsOf(storage, topic).get(partition)?.version ?? 0;

export function setAnchor(
  { anchors }: MemoryStorage,
  { topic, partition }: PartitionRef,
  anchor: Anchor,
): void {
  const all = anchors.get(topic.uid) ?? new Map<number, Anchor>();
  anchors.set(topic.uid, all);
  all.set(partition, anchor);
}
