import { isTrouble } from "../log/troubles.js";
import type { Place } from "../../domain/place.js";
import { type ReadMessage, type Selection, isSelected } from "../../domain/reading.js";
import { headerOf } from "../../domain/slot-header.js";
import { type Offset, type Slot, nextOffset } from "../../domain/slot.js";
import type { PartitionRef } from "../../domain/topic.js";
import type { Engine } from "../engine.js";
import { liveSlots } from "../log/live-slots.js";
import { JUMP } from "../log/messages-between.js";
import { type OpenedSlot, messageAt, openSlot } from "../log/open-slot.js";
import { unreadableAt } from "./unreadable-at.js";

/** What one request may still look at; its partitions share it. */
export interface ReadAllowance {
  /** Beside the first one of each partition, without which nobody could tell that all are at their ends. */
  reads: number;
  /** Of messages that are looked at, whether they are selected or not. */
  messages: number;
  /** Of S3. */
  objects: number;
  /** Of opened slots, unpacked. */
  bytes: number;
}

export interface PartRequest {
  readonly selection: Selection;
  readonly maxMessages: number;
  /** The first message of a request is always read, however large: if none was before. */
  readonly maxBytes: number;
  readonly isContinued: boolean;
  /** How many bytes a message counts for in `maxBytes`. */
  readonly sizeOf: (message: ReadMessage) => number;
  /** Whether nothing that has expired before `from` counts as missed, since nobody was there yet. */
  readonly isBeginning: boolean;
  readonly allowance: ReadAllowance;
}

/** What was read of one partition, in order, and the place behind it. */
export interface PartRead {
  readonly messages: readonly ReadMessage[];
  readonly sizeBytes: number;
  readonly next: Place;
  /** Messages that were past their retention before they were read. */
  readonly missed: number;
  /** `end`: nothing is left. `limit`: there may be more. `trouble`: what comes next cannot be read now. */
  readonly stop: { readonly kind: "end" | "limit" } | { readonly kind: "trouble"; readonly error: unknown };
}

/** The most messages that one read of the log looks at. */
const LOOK_MESSAGES = 1_000;
/** Slots that are opened side by side: each may be an object of S3. */
const OPENED_AT_ONCE = 8;

/**
 * Reads on from a place, and changes nothing. A slot in which nothing is selected is not opened, as far as its header
 * tells. Of a slot that cannot be read each message is told as unreadable.
 */
export async function readPart(
  engine: Engine,
  partition: PartitionRef,
  from: Place,
  request: PartRequest,
): Promise<PartRead> {
  const { allowance } = request;
  const part = new Part(engine, partition, from, request);
  let slotCount: number | undefined;
  for (let isFirst = true; ; isFirst = false) {
    if (part.isFull || allowance.messages <= 0) return part.result({ kind: "limit" });
    if (!isFirst && allowance.reads-- <= 0) return part.result({ kind: "limit" });
    try {
      const look = { lookMessages: part.lookMessages, slotCount };
      const { place, live, expired } = await liveSlots(engine, partition, part.next, look);
      const isEnd = live.length === 0 && place.head === part.next.head;
      part.skip(place, expired);
      if (isEnd) return part.result({ kind: "end" });
      if (!(await part.openAll(live))) return part.result({ kind: "limit" });
      slotCount = live.at(-1)?.count ?? slotCount;
    } catch (error) {
      if (!isTrouble(error)) throw error;
      return part.result({ kind: "trouble", error });
    }
  }
}

class Part {
  readonly #messages: ReadMessage[] = [];
  #sizeBytes = 0;
  #missed = 0;
  next: Place;

  constructor(
    private readonly engine: Engine,
    private readonly partition: PartitionRef,
    from: Place,
    private readonly request: PartRequest,
  ) {
    this.next = from;
  }

  get isFull(): boolean {
    return this.#messages.length >= this.request.maxMessages;
  }

  /** Without a selection, each message that is looked at is read. */
  get lookMessages(): number {
    const { maxMessages, selection, allowance } = this.request;
    const isSelective = selection.key !== undefined || selection.businessKey !== undefined;
    const wanted = isSelective ? LOOK_MESSAGES : maxMessages - this.#messages.length;
    return Math.min(wanted, LOOK_MESSAGES, allowance.messages);
  }

  /** What has expired lies before `place`. */
  skip(place: Place, expired: number): void {
    this.#miss(expired);
    this.next = place;
  }

  #miss(count: number): void {
    if (!this.request.isBeginning) this.#missed += count;
  }

  /** False if it ended at a limit. @throws what opening a slot does; those before it are read */
  async openAll(slots: readonly Slot[]): Promise<boolean> {
    for (let at = 0; at < slots.length;) {
      const fitting = this.#fitting(slots.slice(at));
      if (fitting.length === 0) return false;
      const opened = await Promise.allSettled(
        fitting.map(async (slot) =>
          this.#mayHold(slot) ? await openSlot(this.engine, slot, this.partition) : undefined,
        ),
      );
      for (const [index, one] of opened.entries()) {
        if (one.status === "rejected") throw one.reason;
        const slot = fitting[index] as Slot;
        this.engine.caches.slots.setPlace(this.partition, slot, this.engine.clock.nowMs());
        if (!this.#add(slot, one.value)) return false;
      }
      at += fitting.length;
    }
    return true;
  }

  /** The first slots of which messages may fit, as far as the allowance goes. */
  #fitting(slots: readonly Slot[]): readonly Slot[] {
    const { allowance, maxBytes } = this.request;
    const roomBytes = maxBytes - this.#sizeBytes;
    let bytes = 0;
    let opened = 0;
    const end = slots.findIndex((slot) => {
      if (allowance.messages <= 0) return true;
      if (this.#mayHold(slot)) {
        if (opened >= OPENED_AT_ONCE || allowance.objects <= 0 || allowance.bytes <= 0) return true;
        if (opened > 0 && bytes + slot.unpackedBytes > roomBytes) return true;
        opened++;
        bytes += slot.unpackedBytes;
        allowance.bytes -= slot.unpackedBytes;
        allowance.objects -= slot.content.kind === "segment" ? 1 : 0;
      }
      allowance.messages -= slot.count;
      return false;
    });
    return end < 0 ? slots : slots.slice(0, end);
  }

  /** Whether the slot may hold a message that is selected, as far as its header tells. */
  #mayHold(slot: Slot): boolean {
    const { key } = this.request.selection;
    const headers = key === undefined ? "open-it" : headerOf(slot);
    return headers === "open-it" || headers.some((header) => header.key === key);
  }

  /** Adds what is selected of a slot; false once it is full. `undefined`: nothing is. */
  #add(slot: Slot, opened: OpenedSlot | undefined): boolean {
    const gap = slot.base - this.next.head;
    // Slots that the store has dropped had expired; a jump of the offsets is not a gap.
    if (gap > 0 && gap < JUMP) this.#miss(gap);
    const from = Math.max(slot.base, this.next.head);
    const end = nextOffset(slot);
    if (opened?.kind === "expired") this.#miss(end - from);
    const nowMs = this.engine.clock.nowMs();
    for (let offset = from; offset < end && opened && opened.kind !== "expired"; offset++) {
      const one =
        opened.kind === "readable" ? this.#readable(opened, offset) : this.#unreadable(opened, offset);
      if (!one || (one.expiresAtMs ?? Infinity) <= nowMs) continue;
      const sizeBytes = this.request.sizeOf(one.message);
      if (this.#isTooMuch(sizeBytes)) {
        this.next = { head: offset, slotBase: slot.base };
        return false;
      }
      this.#messages.push(one.message);
      this.#sizeBytes += sizeBytes;
    }
    this.next = { head: end, slotBase: end };
    return true;
  }

  #isTooMuch(sizeBytes: number): boolean {
    const { isContinued, maxBytes } = this.request;
    if (this.#messages.length === 0 && !isContinued) return false;
    return this.isFull || this.#sizeBytes + sizeBytes > maxBytes;
  }

  #readable(
    { slot, messages }: OpenedSlot & { readonly kind: "readable" },
    offset: Offset,
  ): Told | undefined {
    const message = messageAt(this.partition, slot, messages, offset);
    return isSelected(this.request.selection, message)
      ? { message, expiresAtMs: message.expiresAtMs }
      : undefined;
  }

  /** Nobody can tell its business key: then it counts as selected. */
  #unreadable(
    { slot, reason }: OpenedSlot & { readonly kind: "unreadable" },
    offset: Offset,
  ): Told | undefined {
    const { key } = this.request.selection;
    const told = unreadableAt(this.partition, slot, offset, reason);
    const isOther = headerOf(slot) !== "open-it" && key !== undefined && told.message.key !== key;
    return isOther ? undefined : told;
  }

  result(stop: PartRead["stop"]): PartRead {
    const messages = this.#messages;
    return { messages, sizeBytes: this.#sizeBytes, next: this.next, missed: this.#missed, stop };
  }
}

interface Told {
  readonly message: ReadMessage;
  readonly expiresAtMs: number | undefined;
}
