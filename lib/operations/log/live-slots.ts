import type { Filter } from "../../domain/filter/evaluate.js";
import { mayMatchFrom } from "../../domain/filter/slot-filter.js";
import { type Slot, type Tail, nextOffset } from "../../domain/slot.js";
import type { PartitionRef } from "../../domain/topic.js";
import type { Engine } from "../engine.js";
import { JUMP, messagesBetween } from "./messages-between.js";
import { firstSlotBase } from "./first-slot.js";
import { slotsFrom } from "./slots-from.js";
import type { Place } from "../../domain/place.js";

export interface Look {
  /** Messages to look at. */
  readonly lookMessages: number;
  /** The estimated messages in a slot, if any have been seen: it tells how many slots to ask for. */
  readonly slotCount: number | undefined;
  /** Whether messages are known to have been here: then an empty read is checked with a consistent one. */
  readonly isKnown?: boolean;
  /**
   * Expired messages that do not match do not count. Where that cannot be told any more, they mostly did not: what
   * matches is counted while its slot is still stored, by who consumes it or by the sweep.
   */
  readonly filter?: Filter;
}

/** Live slots in order, and the place where they start; expired slots may lie before it. */
export interface LiveSlots {
  readonly place: Place;
  readonly live: readonly Slot[];
  /** Messages from where the look began up to `place`. */
  readonly expired: number;
}

/**
 * The next live slots. If a whole page has expired, the first live slot is searched for, so that a backlog that expired
 * while nobody consumed costs no time.
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
  const between = await messagesBetween(engine, partition, tail, page.place.head, head);
  const expired = page.expired + Math.round(between * page.wantedShare);
  const live = await livePage(engine, partition, { head, slotBase: head }, look);
  return { ...live, expired: expired + live.expired };
}

interface LivePage extends LiveSlots {
  /** Whether it ended at its limit and not at the end of the log. */
  readonly isFull: boolean;
  /** Of what has expired on it, the share that counts. */
  readonly wantedShare: number;
}

/** One page from `head` on. `slotBase` may lie several slots earlier if a span was cut. */
async function livePage(
  engine: Engine,
  partition: PartitionRef,
  { head, slotBase }: Place,
  { lookMessages, isKnown = false, ...look }: Look,
): Promise<LivePage> {
  let from = slotBase;
  let { slotCount } = look;
  for (;;) {
    const messages = head - from + lookMessages;
    const { slots: read, isFull } = await slotsFrom(engine, partition, from, {
      messages,
      slotCount,
      isKnown,
    });
    const slots = read.filter((slot) => nextOffset(slot) > head);
    const last = read.at(-1);
    if (slots.length > 0 || !last) {
      return {
        ...withoutExpired(slots, { head, slotBase }, engine.clock.nowMs(), look.filter),
        isFull,
      };
    }
    from = nextOffset(last);
    slotCount = last.count;
  }
}

/** Expired slots come first: no slot expires before the one in front of it. */
function withoutExpired(
  slots: readonly Slot[],
  place: Place,
  nowMs: number,
  filter: Filter | undefined,
): Omit<LivePage, "isFull"> {
  const firstLive = slots.findIndex(({ expiresAtMs }) => expiresAtMs > nowMs);
  const expired = firstLive < 0 ? slots : slots.slice(0, firstLive);
  const last = expired.at(-1);
  if (!last) return { place, live: slots, expired: 0, wantedShare: 1 };
  const behind = nextOffset(last);
  const seen = sumOf(expired, (slot) => nextOffset(slot) - Math.max(slot.base, place.head));
  // If two slots are less than a jump apart, the store has dropped the slots between them.
  const passed = behind - place.head < JUMP ? behind - place.head : seen;
  const counted = filter ? sumOf(expired, (slot) => mayMatchFrom(filter, slot, place.head)) : passed;
  return {
    place: { head: behind, slotBase: behind },
    live: slots.slice(expired.length),
    expired: counted,
    wantedShare: seen > 0 ? Math.min(1, counted / seen) : 1,
  };
}

const sumOf = (slots: readonly Slot[], count: (slot: Slot) => number): number =>
  slots.reduce((sum, slot) => sum + count(slot), 0);
