import type { Place } from "../../domain/place.js";
import type { Cursor } from "../../domain/progress/records.js";
import type { Reader } from "../../domain/reader.js";
import { type Offset, type Slot, nextOffset } from "../../domain/slot.js";
import type { PartitionRef } from "../../domain/topic.js";
import type { Engine } from "../engine.js";
import { FilterForRead } from "../filter-in-force.js";
import { liveSlots } from "../log/live-slots.js";
import { openSlot } from "../log/open-slot.js";
import { Sieve } from "../log/sieve.js";
import { isTrouble } from "../log/troubles.js";
import { tellLeftOut } from "../log/tell-left-out.js";
import { LEFT_OUT_AT_MOST, noteLeftOut, readFrom } from "./left-out.js";
import { passTo } from "./pass-expired.js";

const LOOK_MESSAGES = 1_000;
/** So far a look goes on behind what it knows to be left out. If nothing matches that far, there may be more. */
const LOOKS_AT_MOST = 10;
/** The most unpacked bytes of slots that are opened because their headers cannot tell. */
const OPENED_BYTES = 16 * 1_024 * 1_024;

/**
 * Whether anything from the head up to `end` may match the subscription's filter. Where nothing does, the subscription
 * has caught up, and this process remembers it. Where this cannot be told with little effort, something may. What pumps
 * leave out they pass themselves; a head that only consumers move is moved here, if much lies behind it.
 */
export async function mayWantAhead(
  engine: Engine,
  reader: Reader,
  partition: number,
  cursor: Cursor,
  end: Offset,
): Promise<boolean> {
  const { topic, subscription } = reader;
  const from = readFrom(engine, subscription, partition, cursor);
  if (from.filter === undefined) return true;
  const used = new FilterForRead(engine, subscription);
  const looking = new Looking(engine, { topic, partition }, used);
  let place: Place = from;
  let mayWant = false;
  for (let looks = 1; looks <= LOOKS_AT_MOST && place.head < end && !mayWant; looks++) {
    const look = await looking.from(place);
    mayWant = look.mayWant || look.place.head === place.head;
    place = look.place;
  }
  if (place.head === from.head) return place.head < end;
  // It changed meanwhile: the next look tells.
  if (!used.isOnly(from.filter)) return true;
  const messages = from.leftOut + looking.leftOut;
  noteLeftOut(engine, subscription, partition, cursor, { next: place, messages, filter: from.filter });
  if (messages >= LEFT_OUT_AT_MOST && subscription.target.type === "pull") {
    const moved = await passTo(engine, subscription, partition, cursor, { place, expired: 0 });
    if (moved === "moved") tellLeftOut(engine, reader, messages);
  }
  return place.head < end;
}

interface Look {
  /** Nothing matches up to there. */
  readonly place: Place;
  /** Whether something may match there. */
  readonly mayWant: boolean;
}

class Looking {
  leftOut = 0;
  #slotCount = 1;
  #openBytes = OPENED_BYTES;

  constructor(
    private readonly engine: Engine,
    private readonly partition: PartitionRef,
    private readonly used: FilterForRead,
  ) {}

  /** Looks on from `place`. What has expired is counted by whoever moves the head past it. */
  async from(place: Place): Promise<Look> {
    const filter = (await this.used.now())?.filter;
    const look = { lookMessages: LOOK_MESSAGES, slotCount: this.#slotCount, ...(filter ? { filter } : {}) };
    const { live, expired, place: first } = await liveSlots(this.engine, this.partition, place, look);
    const sieve = new Sieve(this.engine, (await this.used.now())?.filter);
    if (expired > 0 || sieve.isFine) return { place, mayWant: true };
    let { head, slotBase } = first;
    for (const slot of live) {
      if (await this.#mayWant(sieve, slot, head)) return { place: { head, slotBase }, mayWant: true };
      this.leftOut += nextOffset(slot) - Math.max(head, slot.base);
      this.#slotCount = slot.count;
      head = nextOffset(slot);
      slotBase = head;
    }
    return { place: { head, slotBase }, mayWant: false };
  }

  async #mayWant(sieve: Sieve, slot: Slot, from: Offset): Promise<boolean> {
    if (!sieve.mayHold(slot)) return false;
    if (!sieve.needsBytes(slot)) return sieve.mayHoldFrom(slot, from) > 0;
    this.#openBytes -= slot.unpackedBytes;
    if (this.#openBytes < 0) return true;
    try {
      const opened = await openSlot(this.engine, slot);
      if (opened.kind !== "readable") return true;
      return opened.messages.slice(Math.max(0, from - slot.base)).some((message) => sieve.takes(message));
    } catch (error) {
      if (isTrouble(error)) return true;
      throw error;
    }
  }
}
