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

/**
 * What lies ahead of a place: the messages to hand out, the slots that cannot be read, and the place behind them all.
 */
export interface RangeRead {
  readonly entries: readonly PlacedMessage[];
  readonly setAside: readonly SetAside[];
  readonly next: Place;
  /** Whether it ended for a limit, so that what lies at `next` was left. */
  readonly isFull: boolean;
  /** Messages in the last slot that was looked at. */
  readonly slotCount: number;
  /** Messages that were passed over, since they have expired. */
  readonly expired: readonly Expired[];
}

/** So many messages in front of an offset, and behind those that were counted before it, have expired. */
export interface Expired {
  readonly below: Offset;
  readonly count: number;
}

export const countOf = (expired: readonly Expired[]): number =>
  expired.reduce((sum, { count }) => sum + count, 0);

export interface RangeLimits {
  readonly maxMessages: number;
  /** A first message always goes, however large. */
  readonly maxBytes: number;
  /** What a message counts for in `maxBytes`; default: its stored size. */
  readonly sizeOf?: (message: Message) => number;
  /** Whether messages were taken before, so that not even the first goes where it is too large. */
  readonly isContinued?: boolean;
  /** Messages to look at, where many may have expired; default: `maxMessages`. */
  readonly lookMessages?: number;
  /** Messages that a slot is thought to have: how many slots to ask for. */
  readonly slotCount: number;
  /** Whether something was here before: then a read that shows nothing is not believed at once. */
  readonly isKnown?: boolean;
  /** Unreadable slots to pass over at the most; default: what one move takes. */
  readonly maxSetAside?: number;
}

/** Fits into one move beside a cursor, a lease and the retries that it is made of, or leaves behind. */
export const SET_ASIDE_LIMIT = 60;

/** Reads on from `from`: expired messages are passed over, unreadable slots are set aside. */
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
    isFull = fitting.length === 0 || opened.some((slot) => !gathering.addIfOpened(engine, partition, slot));
    at += fitting.length;
  }
  const slotCount = slots.at(-1)?.count ?? limits.slotCount;
  return { ...gathering.result(), isFull, slotCount };
}

/** The slots from the front that together may hold so many: no more is fetched from S3 than is looked at. */
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
   * The slots from the front of which something may fit, by what they take once they are unpacked: so no more than the
   * limit is opened at once. Where the messages turn out smaller, the next ones have their turn.
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

  /** The same of a slot that may not have opened: what lies in front of it goes without it. @throws what it threw */
  addIfOpened(engine: Engine, partition: PartitionRef, opened: PromiseSettledResult<OpenedSlot>): boolean {
    if (opened.status === "fulfilled") return this.add(engine, partition, opened.value);
    if (this.#entries.length === 0 || !isTrouble(opened.reason)) throw opened.reason;
    return false;
  }

  /** Takes what it can of the slot; false once it is full. */
  add(engine: Engine, partition: PartitionRef, opened: OpenedSlot): boolean {
    const { slot } = opened;
    const end = nextOffset(slot);
    const gap = Math.max(0, slot.base - this.#next.head);
    if (opened.kind === "unreadable") {
      if (this.#setAside.length >= (this.limits.maxSetAside ?? SET_ASIDE_LIMIT)) return false;
      this.#setAside.push(setAsideOf(engine, partition, opened));
    }
    // What the store has dropped in front of it had expired; a jump is no gap.
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
