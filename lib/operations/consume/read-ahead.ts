import { messageSizeBytes } from "../../domain/message.js";
import type { Slot } from "../../domain/slot.js";
import type { PartitionRef } from "../../domain/topic.js";
import type { ConsumerMemory } from "../caches.js";
import type { Engine } from "../engine.js";
import { openSlot } from "../log/open-slot.js";
import type { PlacedMessage } from "../log/placed-message.js";
import { slotsFrom } from "../log/slots-from.js";
import { memoryBytesOfAll, memoryBytesOfSlot } from "../memory-budget.js";
import type { PartsRead } from "./read-parts.js";
import type { Takes } from "./take.js";
import { hasMore, messagesFor } from "./take-from.js";

/** As much again stays in the cache for what is being handed out. */
const CACHE_SHARE = 2;

const roomBytes = ({ caches }: Engine): number => caches.slots.limitBytes / CACHE_SHARE;

/**
 * Begins to read into the slot cache what the next receives will most likely take, while the head moves and the
 * messages before it are worked on. Nothing is taken by that: if this process dies, or another one takes them first, a
 * read was in vain.
 */
export function beginReadAhead(
  engine: Engine,
  memory: ConsumerMemory,
  partition: PartitionRef,
  read: PartsRead,
  takes: Takes,
): void {
  if (!mayReadAhead(engine, memory, read, takes)) return;
  // Who needs what could not be read reads it again, and says so.
  const done = readAhead(engine, partition, read, messagesFor(takes)).catch(() => undefined);
  const ahead = { partition: partition.partition, done };
  memory.ahead = ahead;
  void done.then(() => {
    if (memory.ahead === ahead) memory.ahead = undefined;
  });
}

/**
 * Whether the same consumers will most likely come for what follows: several of this process were answered together
 * before, and again get all that they asked for. One that comes alone may be in a function, which is frozen between its
 * requests, and whose next request another process may get.
 */
const mayReadAhead = (engine: Engine, memory: ConsumerMemory, read: PartsRead, takes: Takes): boolean =>
  takes.length > 1 && memory.hasBacklog && hasMore(read, takes) && hasRoomAhead(engine, read.entries);

/** Whether the cache has room for as much as was just read. */
function hasRoomAhead(engine: Engine, read: readonly PlacedMessage[]): boolean {
  const bytes = read.reduce((sum, { message }) => sum + messageSizeBytes(message), 0);
  return memoryBytesOfAll({ bytes, messages: read.length }) <= roomBytes(engine);
}

async function readAhead(
  engine: Engine,
  partition: PartitionRef,
  { next: { head, slotBase }, slotCount }: PartsRead,
  messages: number,
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
