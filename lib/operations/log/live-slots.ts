import { type Slot, type Tail, nextOffset } from "../../domain/slot.js";
import type { PartitionRef } from "../../domain/topic.js";
import type { Engine } from "../engine.js";
import { JUMP, messagesBetween } from "./messages-between.js";
import { firstSlotBase } from "./first-slot.js";
import { readSlots } from "./open-slot.js";
import type { Place } from "../../domain/place.js";

export interface Look {
  /** Messages to look at. */
  readonly lookMessages: number;
  /** Messages that a slot is thought to have: how many slots to ask for. */
  readonly slotCount: number;
  /** Whether something was here before: then a read that shows nothing is not believed at once. */
  readonly isKnown?: boolean;
}

/** Slots in order, and the place before them, which expired ones may lie in front of. */
export interface LiveSlots {
  readonly place: Place;
  readonly live: readonly Slot[];
  /** Messages between where the look began and `place`. */
  readonly expired: number;
}

/** What one read asks for at the most. */
const SLOTS_LIMIT = 1_000;

/**
 * The next slots that have not expired. Where a whole page has, any number behind it may have: the first one that has
 * not is searched, so that a backlog which expired while nobody consumed costs no time.
 */
export async function liveSlots(
  engine: Engine,
  partition: PartitionRef,
  from: Place,
  look: Look,
): Promise<LiveSlots> {
  const page = await livePage(engine, partition, from, look);
  if (page.live.length > 0 || !page.isFull || look.isKnown) return page;
  const tail = await engine.log.tail(partition);
  if (!tail) return page;
  const isLive = ({ expiresAtMs }: Tail): boolean => expiresAtMs > engine.clock.nowMs();
  const base = await firstSlotBase(engine, partition, tail, page.place.head, isLive);
  const head = base ?? nextOffset(tail);
  const expired = page.expired + (await messagesBetween(engine, partition, tail, page.place.head, head));
  const live = await livePage(engine, partition, { head, slotBase: head }, look);
  return { ...live, expired: expired + live.expired };
}

interface LivePage extends LiveSlots {
  /** It ended for its limit, not for the log's end. */
  readonly isFull: boolean;
}

/** One page from `head` on. `slotBase` may lie several slots before it, where a span was cut. */
async function livePage(
  engine: Engine,
  partition: PartitionRef,
  { head, slotBase }: Place,
  { lookMessages, isKnown = false, ...look }: Look,
): Promise<LivePage> {
  let from = slotBase;
  let slotCount = Math.max(1, look.slotCount);
  for (;;) {
    const wanted = Math.min(SLOTS_LIMIT, Math.ceil((head - from + lookMessages) / slotCount));
    const read = await readSlots(engine, partition, from, wanted, isKnown);
    const slots = read.filter((slot) => nextOffset(slot) > head);
    const last = read.at(-1);
    if (slots.length > 0 || !last) {
      return {
        ...withoutExpired(slots, { head, slotBase }, engine.clock.nowMs()),
        isFull: read.length >= wanted,
      };
    }
    from = nextOffset(last);
    slotCount = last.count;
  }
}

/** What has expired comes first: no slot expires before the one in front of it. */
function withoutExpired(slots: readonly Slot[], place: Place, nowMs: number): LiveSlots {
  const firstLive = slots.findIndex(({ expiresAtMs }) => expiresAtMs > nowMs);
  const expired = firstLive < 0 ? slots : slots.slice(0, firstLive);
  const last = expired.at(-1);
  if (!last) return { place, live: slots, expired: 0 };
  const behind = nextOffset(last);
  const seen = expired.reduce((sum, slot) => sum + nextOffset(slot) - Math.max(slot.base, place.head), 0);
  // Between slots that are not a jump apart lie those that the store has dropped.
  const passed = behind - place.head < JUMP ? behind - place.head : seen;
  return { place: { head: behind, slotBase: behind }, live: slots.slice(expired.length), expired: passed };
}
