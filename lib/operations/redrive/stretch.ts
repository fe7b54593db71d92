import { compileFilter } from "../../domain/filter/filter.js";
import { type Filter, matches, mayMatch } from "../../domain/filter/evaluate.js";
import { viewOf } from "../../domain/filter/view.js";
import { EXPIRED_LONG_AGO_MS } from "../../domain/erasure.js";
import type { MessageContent } from "../../domain/message.js";
import { idOf } from "../../domain/message-id.js";
import type { Replayed } from "../../domain/moves/replay.js";
import type { Place } from "../../domain/place.js";
import type { Reader } from "../../domain/reader.js";
import { isSelected } from "../../domain/reading.js";
import {
  NOTHING_READ,
  type ReplayCounts,
  type ReplayRange,
  type ReplaySelection,
} from "../../domain/replay-job.js";
import { headerOf } from "../../domain/slot-header.js";
import { type Offset, type Slot, nextOffset } from "../../domain/slot.js";
import type { PartitionRef } from "../../domain/topic.js";
import type { Engine } from "../engine.js";
import { filterInForce, isWanted } from "../filter-in-force.js";
import { liveSlots } from "../log/live-slots.js";
import { JUMP } from "../log/messages-between.js";
import { type OpenedSlot, openSlot } from "../log/open-slot.js";
import { isTrouble } from "../log/troubles.js";

/** How far a part of a range was read: what lies before `next`. */
export interface Reached {
  readonly counts: ReplayCounts;
  readonly next: Place;
  readonly reachedMs?: number;
}

/** A message that is asked for, and how far the range is read with it. */
export interface Candidate extends Reached {
  readonly message: Replayed;
}

export interface Stretch extends Reached {
  readonly candidates: readonly Candidate[];
}

export interface StretchRequest {
  readonly selection: ReplaySelection;
  /** Not empty. */
  readonly range: ReplayRange;
  /** The most messages that are asked for. */
  readonly limit: number;
  /** It begins no further look then. */
  readonly untilMs: number;
  /** Whether what cannot be read now counts as unreadable; otherwise that is thrown. */
  readonly isLenient: boolean;
}

/** One look asks for so many messages, and a stretch that finds little ends behind so many. */
const LOOK_MESSAGES = 1_000;
const STRETCH_MESSAGES = 10_000;

/**
 * Reads a range from its beginning on, up to `limit` messages that are asked for, by the replay and by the
 * subscription's own filter as it is now.
 * @throws {StorageUnavailable} {Throttled}
 */
export async function readStretch(engine: Engine, reader: Reader, request: StretchRequest): Promise<Stretch> {
  const { selection, range } = request;
  const own = (await filterInForce(engine, reader.subscription))?.filter;
  const asked = selection.filter === undefined ? undefined : compileFilter(selection.filter);
  const reading = new Reading(engine, { topic: reader.topic, partition: range.partition }, request, {
    own,
    asked,
  });
  await reading.run();
  return { ...reading.reached, candidates: reading.candidates };
}

interface Filters {
  readonly own: Filter | undefined;
  readonly asked: Filter | undefined;
}

class Reading {
  readonly candidates: Candidate[] = [];
  #counts: ReplayCounts = NOTHING_READ;
  #next: Place;
  #reachedMs: number | undefined;

  constructor(
    private readonly engine: Engine,
    private readonly partition: PartitionRef,
    private readonly request: StretchRequest,
    private readonly filters: Filters,
  ) {
    const { from: head, slotBase } = request.range;
    this.#next = { head, slotBase };
  }

  get reached(): Reached {
    const reachedMs = this.#reachedMs;
    return { counts: this.#counts, next: this.#next, ...(reachedMs === undefined ? {} : { reachedMs }) };
  }

  get #isOver(): boolean {
    const { range, limit } = this.request;
    return this.#next.head >= range.to || this.candidates.length >= limit;
  }

  async run(): Promise<void> {
    const { range, untilMs } = this.request;
    let slotCount: number | undefined;
    for (let isFirst = true; !this.#isOver; isFirst = false) {
      const isLong = this.#counts.read >= STRETCH_MESSAGES || this.engine.clock.nowMs() >= untilMs;
      if (isLong && !isFirst) return;
      const lookMessages = Math.min(LOOK_MESSAGES, range.to - this.#next.head);
      const look = { lookMessages, slotCount, isKnown: true };
      const { place, live } = await liveSlots(this.engine, this.partition, this.#next, look);
      this.#passGone(Math.min(range.to, place.head));
      // Nothing is left of what was there.
      if (live.length === 0 && place.head === this.#next.head) this.#passGone(range.to);
      for (const slot of live) if (!this.#isOver) await this.#slot(slot);
      slotCount = live.at(-1)?.count ?? slotCount;
    }
  }

  #count(what: Partial<Record<keyof ReplayCounts, number>>): void {
    const counts = { ...this.#counts };
    for (const [name, more = 0] of Object.entries(what)) counts[name as keyof ReplayCounts] += more;
    this.#counts = counts;
  }

  /** What the store has dropped had expired; a jump of the offsets is not a gap. */
  #passGone(to: Offset): void {
    const gone = to - this.#next.head;
    if (gone <= 0) return;
    if (gone < JUMP) this.#count({ read: gone, expired: gone });
    this.#next = { head: to, slotBase: to };
  }

  async #slot(slot: Slot): Promise<void> {
    const { range } = this.request;
    this.#passGone(Math.min(slot.base, range.to));
    if (slot.base >= range.to) return;
    const end = Math.min(nextOffset(slot), range.to);
    const opened = this.#mayHold(slot) ? await this.#open(slot) : undefined;
    if (opened) this.engine.caches.slots.setPlace(this.partition, slot, this.engine.clock.nowMs());
    this.#reachedMs = slot.publishedAtMs;
    for (let offset = this.#next.head; offset < end && !this.#isOver; offset++) {
      const isLast = offset + 1 === nextOffset(slot);
      this.#next = { head: offset + 1, slotBase: isLast ? offset + 1 : slot.base };
      this.#count({ read: 1 });
      this.#message(slot, opened, offset);
    }
  }

  /** @throws {StorageUnavailable} {Throttled} */
  async #open(slot: Slot): Promise<OpenedSlot> {
    try {
      return await openSlot(this.engine, slot, this.partition);
    } catch (error) {
      if (!this.request.isLenient || !isTrouble(error)) throw error;
      return { kind: "unreadable", slot, reason: "segment-unavailable" };
    }
  }

  #message(slot: Slot, opened: OpenedSlot | undefined, offset: Offset): void {
    const at = offset - slot.base;
    if (opened?.kind === "unreadable") return this.#count({ unreadable: 1 });
    if (opened?.kind === "expired") return this.#count({ expired: 1 });
    const headers = opened ? "open-it" : headerOf(slot);
    const expiresAtMs = (opened?.messages ?? (headers === "open-it" ? [] : headers))[at]?.expiresAtMs;
    if (expiresAtMs === EXPIRED_LONG_AGO_MS) return this.#count({ erased: 1 });
    if (expiresAtMs !== undefined && expiresAtMs <= this.engine.clock.nowMs())
      return this.#count({ expired: 1 });
    const content = opened?.messages[at];
    if (!content || !this.#isAskedFor(content)) return;
    this.#count({ matched: 1 });
    const { key } = content;
    const message: Replayed = {
      id: idOf(content, { ...this.partition, offset }),
      ...{ offset, slotBase: slot.base, publishedAtMs: slot.publishedAtMs },
      ...(key === undefined ? {} : { key }),
      ...(expiresAtMs === undefined ? {} : { expiresAtMs }),
    };
    this.candidates.push({ ...this.reached, message });
  }

  #isAskedFor(content: MessageContent): boolean {
    const { own, asked } = this.filters;
    if (!isSelected(this.request.selection, content)) return false;
    if (asked && !matches(asked, viewOf(content))) return false;
    return !own || isWanted(this.engine, own, content);
  }

  /** Whether anything of the slot may be asked for, as far as its header tells. */
  #mayHold(slot: Slot): boolean {
    const { own, asked } = this.filters;
    const { key } = this.request.selection;
    const headers = headerOf(slot);
    if (headers === "open-it") return true;
    return headers.some((header) => {
      if (key !== undefined && header.key !== key) return false;
      const view = viewOf(header);
      return [own, asked].every((filter) => !filter || mayMatch(filter, view));
    });
  }
}
