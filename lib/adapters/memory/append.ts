import { type Anchor, versionAfter } from "../../domain/anchor.js";
import type { AppendOutcome } from "../../domain/append-outcome.js";
import { assertBeside } from "../../domain/beside.js";
import type { AppendOptions } from "../../domain/ports/log-store.js";
import { type Slot, tailOf } from "../../domain/slot.js";
import { type PartitionRef, type TopicRef, partitionKey } from "../../domain/topic.js";
import {
  type AppendPart,
  type Together,
  type TogetherOutcome,
  assertTogether,
} from "../../domain/together.js";
import { applyDelay, isKnownPut } from "./delayed-store.js";
import { applyBeside, refusalOf, refusedClaims } from "./records.js";
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
  options: AppendOptions,
): AppendOutcome {
  assertBeside(options.beside ?? []);
  const part = { partition, slot, ...options };
  const outcome = hindrance(storage, part);
  if (outcome) return outcome;
  apply(storage, part);
  return { kind: "stored" };
}

/** The same for several appends and for delayed messages. */
export function appendAll(storage: MemoryStorage, all: Together): TogetherOutcome {
  assertTogether(all);
  const appends = all.appends.map((part) => hindrance(storage, part));
  const isStored = appends.some((outcome) => outcome?.kind === "stored");
  if (isStored || all.delays.some(({ delayed }) => isKnownPut(storage, delayed))) return { kind: "stored" };
  const delays = all.delays.map(({ claims, nowMs }) => refusedClaims(storage, claims, nowMs));
  if (appends.some((outcome) => outcome) || delays.some((refusals) => refusals.length > 0))
    return { kind: "beaten", appends, delays };
  for (const part of all.appends) apply(storage, part);
  for (const part of all.delays) applyDelay(storage, part);
  return { kind: "stored" };
}

/** What keeps it from being stored, or says that it is stored already. */
function hindrance(
  storage: MemoryStorage,
  { partition, slot, anchorVersion, beside = [] }: AppendPart,
): AppendOutcome | undefined {
  storage.limits.assertSlotFits(partition, slot);
  const slots = slotsOf(storage, partition);
  const there = slots[slotIndex(slots, slot.base)];
  const isTaken = there?.base === slot.base;
  if (isTaken && there.nonce === slot.nonce) return { kind: "stored" };
  const refused = refusalOf(storage, slot, beside);
  if (refused) return refused;
  if (isTaken) return { kind: "lost", winner: tailOf(there) };
  const hasMoved = anchorVersion !== undefined && versionOf(storage, partition) !== anchorVersion;
  return hasMoved ? { kind: "anchor-moved" } : undefined;
}

function apply(storage: MemoryStorage, { partition, slot, anchorVersion, beside = [] }: AppendPart): void {
  if (anchorVersion !== undefined)
    setAnchor(storage, partition, { version: versionAfter(anchorVersion, slot.publishedAtMs) });
  for (const record of beside) applyBeside(storage, slot, record);
  insert(storage, partition, slotIndex(slotsOf(storage, partition), slot.base), slot);
  storage.ring(partition, slot);
}

function insert({ logs }: MemoryStorage, partition: PartitionRef, index: number, slot: Slot): void {
  const key = partitionKey(partition);
  const slots = logs.get(key) ?? [];
  logs.set(key, slots);
  slots.splice(index, 0, copySlot(slot));
}

/** Acts as one conditional update. */
export function replace(
  storage: MemoryStorage,
  partition: PartitionRef,
  before: Slot,
  slot: Slot,
): "replaced" | "changed" {
  const slots = storage.logs.get(partitionKey(partition)) ?? [];
  const index = slotIndex(slots, slot.base);
  const there = slots[index];
  if (there?.base !== slot.base || there.nonce !== before.nonce) return "changed";
  if (there.checksum === slot.checksum) return "replaced";
  if (there.checksum !== before.checksum) return "changed";
  storage.limits.assertSlotFits(partition, slot);
  slots[index] = copySlot(slot);
  return "replaced";
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
