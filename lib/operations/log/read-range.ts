import { type Message, messageSizeBytes } from "../../domain/message.js";
import type { SetAside } from "../../domain/progress/records.js";
import { type Offset, type Slot, nextOffset } from "../../domain/slot.js";
import type { PartitionRef } from "../../domain/topic.js";
import type { Engine } from "../engine.js";
import { JUMP } from "./messages-between.js";
import { liveSlots } from "./live-slots.js";
import { type OpenedSlot, messageAt, openSlot, setAsideOf } from "./open-slot.js";
import type { Place } from "../../domain/place.js";
import type { PlacedMessage } from "./placed-message.js";
import { isTrouble } from "./troubles.js";

/** What was read from a place on: the messages to hand out, the slots that cannot be read, and the place after them. */
export interface RangeRead {
  readonly entries: readonly PlacedMessage[];
  readonly setAside: readonly SetAside[];
  readonly next: Place;
  /** Whether it ended at a limit: then there is more at `next`. */
  readonly isFull: boolean;
  /** Messages in the last slot read. */
  readonly slotCount: number;
  /** Messages that were skipped because they have expired. */
  readonly expired: readonly Expired[];
}

/** The number of expired messages below an offset, without those of earlier entries. */
export interface Expired {
  readonly below: Offset;
  readonly count: number;
}

export const countOf = (expired: readonly Expired[]): number =>
  expired.reduce((sum, { count }) => sum + count, 0);

export interface RangeLimits {
  readonly maxMessages: number;
  /** The first message is always taken, however large, unless `isContinued` says otherwise. */
  readonly maxBytes: number;
  /** How many bytes a message counts for in `maxBytes`. @default its stored size */
  readonly sizeOf?: (message: Message) => number;
  /** Whether messages were taken already: then a first message that is too large is not taken either. */
  readonly isContinued?: boolean;
  /** Messages to look at, if many may have expired. @default `maxMessages` */
  readonly lookMessages?: number;
  /** The estimated messages in a slot: it tells how many slots to ask for. */
  readonly slotCount: number;
  /** Whether messages are known to have been here: then an empty read is checked with a consistent one. */
  readonly isKnown?: boolean;
  /** The most unreadable slots to set aside. @default what one move takes */
  readonly maxSetAside?: number;
}

/** Fits into one move beside a cursor, a lease and the records that the lease is made from or leaves. */
export const SET_ASIDE_LIMIT = 60;

/** Reads on from `from`. Skips expired messages and sets unreadable slots aside. */
export async function readRange(
  engine: Engine,
  partition: PartitionRef,
  from: Place,
  limits: RangeLimits,
): Promise<RangeRead> {
  const lookMessages = limits.lookMessages ?? limits.maxMessages;
  const { place, live, expired } = await liveSlots(engine, partition, from, { ...limits, lookMessages });
  const slots = enough(live, place.head, lookMessages);
  const gathering = new Gathering(place, limits);
  gathering.addExpired(place.head, expired);
  let isFull = false;
  for (let at = 0; at < slots.length && !isFull;) {
    const fitting = gathering.fitting(slots.slice(at));
    const opened = await Promise.allSettled(fitting.map((slot) => openSlot(engine, slot)));
    for (const slot of fitting) engine.caches.slots.setPlace(partition, slot);
    isFull = fitting.length === 0 || opened.some((slot) => !gathering.addIfOpened(engine, partition, slot));
    at += fitting.length;
  }
  const slotCount = slots.at(-1)?.count ?? limits.slotCount;
  return { ...gathering.result(), isFull, slotCount };
}

/** The first slots that together may hold `lookMessages`, so that no more is fetched from S3 than is looked at. */
function enough(slots: readonly Slot[], head: Offset, lookMessages: number): readonly Slot[] {
  let messages = 0;
  const end = slots.findIndex((slot) => {
    messages += nextOffset(slot) - Math.max(slot.base, head);
    return messages >= lookMessages;
  });
  return end < 0 ? slots : slots.slice(0, end + 1);
}

class Gathering {
  readonly #entries: PlacedMessage[] = [];
  readonly #setAside: SetAside[] = [];
  #sizeBytes = 0;
  readonly #expired: Expired[] = [];
  #next: Place;

  constructor(
    place: Place,
    private readonly limits: RangeLimits,
  ) {
    this.#next = place;
  }

  /**
   * The first slots from which a message may fit, by their unpacked sizes, so that no more than the limit is opened at
   * once. If the messages turn out smaller, the next slots follow.
   */
  fitting(slots: readonly Slot[]): readonly Slot[] {
    const roomBytes = this.limits.maxBytes - this.#sizeBytes;
    let beforeBytes = 0;
    const end = slots.findIndex(({ unpackedBytes, count }, index) => {
      const firstUpToBytes = beforeBytes + unpackedBytes / count;
      beforeBytes += unpackedBytes;
      return firstUpToBytes > roomBytes && !(index === 0 && this.#takesAny);
    });
    return end < 0 ? slots : slots.slice(0, end);
  }

  /**
   * Like `add`, for a slot that may have failed to open: the messages before it are still handed out. @throws its error
   * if there are none
   */
  addIfOpened(engine: Engine, partition: PartitionRef, opened: PromiseSettledResult<OpenedSlot>): boolean {
    if (opened.status === "fulfilled") return this.add(engine, partition, opened.value);
    if (this.#entries.length === 0 || !isTrouble(opened.reason)) throw opened.reason;
    return false;
  }

  /** Adds as many of the slot's messages as fit; false once it is full. */
  add(engine: Engine, partition: PartitionRef, opened: OpenedSlot): boolean {
    const { slot } = opened;
    const end = nextOffset(slot);
    const gap = Math.max(0, slot.base - this.#next.head);
    if (opened.kind === "unreadable") {
      if (this.#setAside.length >= (this.limits.maxSetAside ?? SET_ASIDE_LIMIT)) return false;
      this.#setAside.push(setAsideOf(engine, partition, opened));
    }
    // Slots that the store has dropped had expired; a jump of the offsets is not a gap.
    if (gap < JUMP) this.addExpired(slot.base, gap);
    if (opened.kind === "expired") this.addExpired(end, end - Math.max(slot.base, this.#next.head));
    if (opened.kind === "readable") {
      const nowMs = engine.clock.nowMs();
      const { sizeOf = messageSizeBytes } = this.limits;
      for (let offset = Math.max(slot.base, this.#next.head); offset < end; offset++) {
        const message = messageAt(partition, slot, opened.messages, offset);
        if (message.expiresAtMs !== undefined && message.expiresAtMs <= nowMs) {
          this.addExpired(offset + 1, 1);
          continue;
        }
        const sizeBytes = sizeOf(message);
        if (this.#isFull(sizeBytes)) {
          this.#next = { head: offset, slotBase: slot.base };
          return false;
        }
        this.#entries.push({ message, slotBase: slot.base });
        this.#sizeBytes += sizeBytes;
      }
    }
    this.#next = { head: end, slotBase: end };
    return true;
  }

  addExpired(below: Offset, count: number): void {
    if (count > 0) this.#expired.push({ below, count });
  }

  get #takesAny(): boolean {
    return this.#entries.length === 0 && !this.limits.isContinued;
  }

  #isFull(sizeBytes: number): boolean {
    if (this.#takesAny) return false;
    return (
      this.#entries.length >= this.limits.maxMessages || this.#sizeBytes + sizeBytes > this.limits.maxBytes
    );
  }

  result(): Omit<RangeRead, "isFull" | "slotCount"> {
    const [entries, setAside] = [this.#entries, this.#setAside];
    return { entries, setAside, next: this.#next, expired: this.#expired };
  }
}
