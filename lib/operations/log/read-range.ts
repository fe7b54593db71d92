import { type Message, messageSizeBytes } from "../../domain/message.js";
import type { SetAside } from "../../domain/progress/records.js";
import type { Span } from "../../domain/progress/spans.js";
import { type Offset, type Slot, nextOffset } from "../../domain/slot.js";
import type { PartitionRef } from "../../domain/topic.js";
import type { Engine } from "../engine.js";
import type { FilterInForce } from "../filter-in-force.js";
import { JUMP } from "./messages-between.js";
import { liveSlots } from "./live-slots.js";
import { type OpenedSlot, messageAt, openSlot, setAsideOf } from "./open-slot.js";
import type { Place } from "../../domain/place.js";
import type { PlacedMessage } from "./placed-message.js";
import { Sieve } from "./sieve.js";
import { isTrouble } from "./troubles.js";

/** What was read from a place on: the messages to hand out, the slots that cannot be read, and the place after them. */
export interface RangeRead {
  readonly entries: readonly PlacedMessage[];
  readonly setAside: readonly SetAside[];
  /** The slots that cannot be read now, of those that were skipped. */
  readonly troubled: readonly TroubledSlot[];
  readonly next: Place;
  /** Whether it ended at a limit: then there is more at `next`. */
  readonly isFull: boolean;
  /** Messages in the last slot read; undefined as long as none was. */
  readonly slotCount: number | undefined;
  /** Messages that were skipped because they have expired. */
  readonly expired: readonly Skipped[];
  /** Messages that were skipped because they do not match the filter. */
  readonly leftOut: readonly Skipped[];
  /** Messages that were looked at. */
  readonly looked: number;
}

/** What was to be read of a slot that cannot be read now. `to`: exclusive. */
export interface TroubledSlot extends Pick<Span, "from" | "to" | "slotBase"> {
  readonly error: unknown;
}

/** A number of messages below an offset that were skipped, without those of earlier entries. */
export interface Skipped {
  readonly below: Offset;
  readonly count: number;
}

export const countOf = (skipped: readonly Skipped[]): number =>
  skipped.reduce((sum, { count }) => sum + count, 0);

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
  /** The estimated messages in a slot, if any have been seen: it tells how many slots to ask for. */
  readonly slotCount: number | undefined;
  /** Whether messages are known to have been here: then an empty read is checked with a consistent one. */
  readonly isKnown?: boolean;
  /** Returns the filter that holds now: messages that do not match are left out. */
  readonly filterNow?: () => Promise<FilterInForce | undefined>;
  /** The most unreadable slots to set aside. @default what one move takes */
  readonly maxSetAside?: number;
  /** The most slots that are skipped because they cannot be read now. @default 0: none, so that nothing overtakes */
  readonly maxTroubled?: number;
}

/** Fits into one move beside a cursor, a lease and the records that the lease is made from or leaves. */
export const SET_ASIDE_LIMIT = 60;

/** The most unpacked bytes that one read opens for a filter: most of it may not match. */
const OPENED_BYTES = 16 * 1_024 * 1_024;

/**
 * Reads on from `from`. Skips expired messages, leaves out those that do not match the filter, and sets unreadable
 * slots aside. A slot that has nothing that may match is not opened.
 */
export async function readRange(
  engine: Engine,
  partition: PartitionRef,
  from: Place,
  limits: RangeLimits,
): Promise<RangeRead> {
  const lookMessages = limits.lookMessages ?? limits.maxMessages;
  const before = (await limits.filterNow?.())?.filter;
  const look = { ...limits, lookMessages, ...(before ? { filter: before } : {}) };
  const { place, live, expired } = await liveSlots(engine, partition, from, look);
  // The filter may have changed during the read, if that took long.
  const sieve = new Sieve(engine, (await limits.filterNow?.())?.filter);
  const slots = enough(live, place.head, lookMessages, sieve);
  const gathering = new Gathering(place, limits, sieve);
  gathering.addExpired(place.head, expired);
  let isFull = false;
  for (let at = 0; at < slots.length && !isFull;) {
    const fitting = gathering.fitting(slots.slice(at));
    const opened = await Promise.allSettled(
      fitting.map(async (slot): Promise<OpenedSlot | LeftOutSlot> =>
        sieve.mayHold(slot) ? await openSlot(engine, slot, partition) : { kind: "left-out", slot },
      ),
    );
    const nowMs = engine.clock.nowMs();
    for (const slot of fitting) engine.caches.slots.setPlace(partition, slot, nowMs);
    isFull =
      fitting.length === 0 ||
      opened.some((one, index) => !gathering.addIfOpened(engine, partition, fitting[index] as Slot, one));
    at += fitting.length;
  }
  const slotCount = slots.at(-1)?.count ?? limits.slotCount;
  return { ...gathering.result(), isFull, slotCount };
}

/** A slot of which nothing matches, by its header. */
interface LeftOutSlot {
  readonly kind: "left-out";
  readonly slot: Slot;
}

/**
 * The first slots that together may hold `lookMessages`, so that no more is fetched from S3 than is looked at; fewer if
 * much would have to be opened that the filter may leave out.
 */
function enough(slots: readonly Slot[], head: Offset, lookMessages: number, sieve: Sieve): readonly Slot[] {
  let messages = 0;
  let openedBytes = 0;
  const end = slots.findIndex((slot) => {
    messages += nextOffset(slot) - Math.max(slot.base, head);
    openedBytes += sieve.isFine || !sieve.mayHold(slot) ? 0 : slot.unpackedBytes;
    return messages >= lookMessages || openedBytes >= OPENED_BYTES;
  });
  return end < 0 ? slots : slots.slice(0, end + 1);
}

class Gathering {
  readonly #entries: PlacedMessage[] = [];
  readonly #setAside: SetAside[] = [];
  readonly #troubled: TroubledSlot[] = [];
  #sizeBytes = 0;
  readonly #expired: Skipped[] = [];
  /** By the number of messages taken before: at most one between two of them. */
  readonly #leftOut = new Map<number, Skipped>();
  #looked = 0;
  #next: Place;

  constructor(
    place: Place,
    private readonly limits: RangeLimits,
    private readonly sieve: Sieve,
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
    const end = slots.findIndex((slot, index) => {
      if (!this.sieve.mayHold(slot)) return false;
      const { unpackedBytes, count } = slot;
      const firstUpToBytes = beforeBytes + unpackedBytes / count;
      beforeBytes += unpackedBytes;
      return firstUpToBytes > roomBytes && !(index === 0 && this.#takesAny);
    });
    return end < 0 ? slots : slots.slice(0, end);
  }

  /**
   * Like `add`, for a slot that may have failed to open: the messages before it are still handed out, and those behind
   * it where it may be skipped. @throws its error if there are none
   */
  addIfOpened(
    engine: Engine,
    partition: PartitionRef,
    slot: Slot,
    opened: PromiseSettledResult<OpenedSlot | LeftOutSlot>,
  ): boolean {
    if (opened.status === "fulfilled") return this.add(engine, partition, opened.value);
    const error: unknown = opened.reason;
    if (!isTrouble(error)) throw error;
    if (this.#troubled.length >= (this.limits.maxTroubled ?? 0)) {
      if (this.#entries.length === 0) throw error;
      return false;
    }
    const [from, to] = [Math.max(slot.base, this.#next.head), nextOffset(slot)];
    this.#troubled.push({ from, to, slotBase: slot.base, error });
    this.#next = { head: to, slotBase: to };
    return true;
  }

  /** Adds as many of the slot's messages as fit; false once it is full. */
  add(engine: Engine, partition: PartitionRef, opened: OpenedSlot | LeftOutSlot): boolean {
    const { slot } = opened;
    const end = nextOffset(slot);
    const from = Math.max(slot.base, this.#next.head);
    const gap = Math.max(0, slot.base - this.#next.head);
    if (opened.kind === "unreadable") {
      if (this.#setAside.length >= (this.limits.maxSetAside ?? SET_ASIDE_LIMIT)) return false;
      this.#setAside.push(setAsideOf(engine, partition, opened));
    }
    // Slots that the store has dropped had expired; a jump of the offsets is not a gap.
    // With a filter they mostly did not match (live-slots.ts).
    if (gap < JUMP && this.sieve.isFine) this.addExpired(slot.base, gap);
    if (opened.kind === "expired") this.addExpired(end, this.sieve.mayHoldFrom(slot, from));
    if (opened.kind === "left-out") this.#addLeftOut(end, end - from);
    if (opened.kind === "readable") {
      const nowMs = engine.clock.nowMs();
      const { sizeOf = messageSizeBytes } = this.limits;
      for (let offset = from; offset < end; offset++) {
        const message = messageAt(partition, slot, opened.messages, offset);
        if (!this.sieve.takes(message)) {
          this.#addLeftOut(offset + 1, 1);
          continue;
        }
        if (message.expiresAtMs !== undefined && message.expiresAtMs <= nowMs) {
          this.addExpired(offset + 1, 1);
          continue;
        }
        const sizeBytes = sizeOf(message);
        if (this.#isFull(sizeBytes)) {
          this.#looked += offset - from;
          this.#next = { head: offset, slotBase: slot.base };
          return false;
        }
        this.#entries.push({ message, slotBase: slot.base });
        this.#sizeBytes += sizeBytes;
      }
    }
    this.#looked += end - from;
    this.#next = { head: end, slotBase: end };
    return true;
  }

  addExpired(below: Offset, count: number): void {
    if (count > 0) this.#expired.push({ below, count });
  }

  #addLeftOut(below: Offset, count: number): void {
    const place = this.#entries.length;
    this.#leftOut.set(place, { below, count: count + (this.#leftOut.get(place)?.count ?? 0) });
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
    const [leftOut, looked] = [[...this.#leftOut.values()], this.#looked];
    const [troubled, next, expired] = [this.#troubled, this.#next, this.#expired];
    return { entries, setAside, troubled, next, expired, leftOut, looked };
  }
}
