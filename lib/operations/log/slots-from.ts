import { type Offset, type Slot, nextOffset } from "../../domain/slot.js";
import { type PartitionRef, partitionKey } from "../../domain/topic.js";
import type { Engine } from "../engine.js";

/** Short beside the time that a read takes: who consumes at the end of a busy log still gets full batches. */
const END_BELIEVED_FOR_MS = 20;
/** The most slots that one read asks for. */
const SLOTS_LIMIT = 1_000;
/** Asked for where it is not known how many messages are in a slot: the read of a lone one also shows the end. */
const FIRST_SLOTS = 2;

/**
 * Slots from `from` on: those that this process knows already, and what it has to read after them for `messages`
 * messages.
 */
export async function slotsFrom(
  engine: Engine,
  partition: PartitionRef,
  from: Offset,
  wanted: SlotsWanted,
): Promise<SlotsRead> {
  const { messages, isKnown } = wanted;
  const slotCount = wanted.slotCount ?? engine.caches.slots.slotsFrom(partition, from, 1)[0]?.count;
  const limit = slotCount === undefined ? FIRST_SLOTS : limitFor(messages, slotCount);
  const known = engine.caches.slots.slotsFrom(partition, from, limit);
  const last = known.at(-1);
  if (!last) {
    const slots = await readSlots(engine, partition, from, limit, isKnown);
    const isFull = slots.length >= limit;
    return slotCount === undefined && isFull
      ? await readOn(engine, partition, from, slots, messages)
      : { slots, isFull };
  }
  const end = nextOffset(last);
  const isEnough = end - from >= messages || known.length >= limit || wasTheEnd(engine, partition, end);
  const slots = isEnough
    ? known
    : [...known, ...(await readSlots(engine, partition, end, limit - known.length))];
  return { slots, isFull: slots.length >= limit };
}

const limitFor = (messages: number, slotCount: number): number =>
  Math.min(SLOTS_LIMIT, Math.ceil(messages / Math.max(1, slotCount)));

/** After a first look at some slots: as many more as their sizes say. */
async function readOn(
  engine: Engine,
  partition: PartitionRef,
  from: Offset,
  first: readonly Slot[],
  messages: number,
): Promise<SlotsRead> {
  const last = first.at(-1);
  const end = last ? nextOffset(last) : from;
  const seen = first.reduce((sum, { count }) => sum + count, 0);
  const missing = messages - Math.min(end - from, seen);
  if (missing <= 0) return { slots: first, isFull: true };
  const limit = limitFor(missing, seen / first.length);
  const more = await readSlots(engine, partition, end, limit);
  return { slots: [...first, ...more], isFull: more.length >= limit };
}

/** Whether the log ended there a moment ago: then a read would find no more than came since. */
function wasTheEnd({ caches, clock }: Engine, partition: PartitionRef, end: Offset): boolean {
  const tail = caches.tails.get(partitionKey(partition));
  if (!tail || nextOffset(tail.value) !== end) return false;
  const ageMs = clock.nowMs() - tail.atMs;
  return ageMs >= 0 && ageMs < END_BELIEVED_FOR_MS;
}

export interface SlotsWanted {
  readonly messages: number;
  /** The estimated messages in a slot, if any have been seen: it tells how many slots to ask for. */
  readonly slotCount: number | undefined;
  /** Whether messages are known to be here: then an empty page is read again. */
  readonly isKnown: boolean;
}

export interface SlotsRead {
  readonly slots: readonly Slot[];
  /** Whether there may be more: it ended where enough were asked for, and not at the end of the log. */
  readonly isFull: boolean;
}

/**
 * Reads slots. An eventually consistent read may miss a slot; offsets are dense, so that shows as a gap, and a
 * consistent read follows. Before the first slot there always is a gap, so from offset 0 it comes at once.
 */
async function readSlots(
  { log }: Engine,
  partition: PartitionRef,
  from: Offset,
  limit: number,
  isKnown = false,
): Promise<readonly Slot[]> {
  if (from === 0) return (await log.read(partition, from, limit, { consistent: true })).slots;
  const { slots } = await log.read(partition, from, limit);
  if (isDense(slots, from) && !(isKnown && slots.length === 0)) return slots;
  return (await log.read(partition, from, limit, { consistent: true })).slots;
}

/** An empty page counts as dense. */
function isDense(slots: readonly Slot[], from: Offset): boolean {
  let expected = from;
  for (const slot of slots) {
    if (slot.base > expected) return false;
    expected = nextOffset(slot);
  }
  return true;
}
