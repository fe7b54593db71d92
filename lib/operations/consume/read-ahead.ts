import { messageSizeBytes } from "../../domain/message.js";
import type { Place } from "../../domain/place.js";
import type { Slot } from "../../domain/slot.js";
import type { PartitionRef } from "../../domain/topic.js";
import type { ConsumerMemory } from "../caches.js";
import type { Engine } from "../engine.js";
import { openSlot } from "../log/open-slot.js";
import type { PlacedMessage } from "../log/placed-message.js";
import { slotsFrom } from "../log/slots-from.js";
import { memoryBytesOfAll, memoryBytesOfSlot } from "../memory-budget.js";

/** As much again stays in the cache for what is being handed out. */
const CACHE_SHARE = 2;

const roomBytes = ({ caches }: Engine): number => caches.slots.limitBytes / CACHE_SHARE;

/** Whether the cache has room for as much as was just read. */
export function hasRoomAhead(engine: Engine, read: readonly PlacedMessage[]): boolean {
  const bytes = read.reduce((sum, { message }) => sum + messageSizeBytes(message), 0);
  return memoryBytesOfAll({ bytes, messages: read.length }) <= roomBytes(engine);
}

export interface AheadWanted {
  readonly messages: number;
  /** The estimated messages in a slot. */
  readonly slotCount: number | undefined;
}

/**
 * Begins to read into the slot cache what the next receives will most likely take, while the head moves and the
 * messages before it are worked on. Nothing is taken by that: if this process dies, or another one takes them first, a
 * read was in vain.
 */
export function beginReadAhead(
  engine: Engine,
  memory: ConsumerMemory,
  partition: PartitionRef,
  from: Place,
  wanted: AheadWanted,
): void {
  // Who needs what could not be read reads it again, and says so.
  const done = readAhead(engine, partition, from, wanted).catch(() => undefined);
  memory.ahead = { partition: partition.partition, done };
}

/** Resolves once nothing is being read ahead in this partition: then what was read need not be read again. */
export async function endOfReadAhead(memory: ConsumerMemory, partition: number): Promise<void> {
  const { ahead } = memory;
  if (ahead?.partition !== partition) return;
  await ahead.done;
  if (memory.ahead === ahead) memory.ahead = undefined;
}

async function readAhead(
  engine: Engine,
  partition: PartitionRef,
  { head, slotBase }: Place,
  { messages, slotCount }: AheadWanted,
): Promise<void> {
  const wanted = { messages: head - slotBase + messages, slotCount, isKnown: false };
  const { slots } = await slotsFrom(engine, partition, slotBase, wanted);
  const kept = fitting(slots, head + messages, roomBytes(engine));
  await Promise.all(kept.map((slot) => openSlot(engine, slot, partition)));
  const nowMs = engine.clock.nowMs();
  for (const slot of kept) engine.caches.slots.setPlace(partition, slot, nowMs);
}

/** The first slots that are wanted, as far as there is room for them: they may be larger than those before. */
function fitting(slots: readonly Slot[], below: number, limitBytes: number): readonly Slot[] {
  let bytes = 0;
  const end = slots.findIndex((slot) => {
    bytes += memoryBytesOfSlot(slot);
    return slot.base >= below || bytes > limitBytes;
  });
  return end < 0 ? slots : slots.slice(0, end);
}
