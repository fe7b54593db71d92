import type { Anchor } from "../domain/anchor.js";
import type { Filter } from "../domain/filter/evaluate.js";
import type { MessageContent } from "../domain/message.js";
import type { Place } from "../domain/place.js";
import type { PassedOver } from "../domain/progress/due-look.js";
import type { Cursor } from "../domain/progress/records.js";
import { type Offset, type Slot, type Tail, nextOffset } from "../domain/slot.js";
import type { Spread } from "../domain/spread.js";
import type { BodyCheck } from "../domain/ports/schemas.js";
import type { Subscription } from "../domain/subscription.js";
import { type PartitionRef, type Topic, partitionKey } from "../domain/topic.js";

/** A value, and when it was read. */
export interface Remembered<T> {
  readonly value: T;
  readonly atMs: number;
}

/** What a process remembers about consuming one subscription. */
export interface ConsumerMemory {
  /** The partition where it last found messages. It stays there. */
  partition: number;
  /** Consecutive takes from that partition. */
  stayed: number;
  readonly cursors: Map<number, Cursor>;
  cursorsReadAtMs: number;
  /** Whether due messages go first the next time that there are both due and new ones. */
  isDueFirst: boolean;
  /** When a look began that found nothing due; undefined if something may have become due since. */
  nothingDueAtMs: number | undefined;
  /** Consecutive lost races for a head. */
  losses: number;
  /** Messages in the slot read last, if any was. It tells how many slots to ask for. */
  slotCount: number | undefined;
  /** The share of messages that matched the filter the last time. */
  matching: number;
  /** Whether there was more than the last shared take took. */
  hasBacklog: boolean;
  /** What is being read ahead (consume/read-ahead.ts). */
  ahead: { readonly partition: number; readonly done: Promise<void> } | undefined;
  /** By partition: ids that its cursor lists although their records are gone. */
  readonly gone: Map<number, ReadonlySet<string>>;
  /** Partitions of which it was told that they wait for their busy keys. */
  readonly waiting: Set<number>;
}

/** Something that keeps failing: since when, how often, and until when it is left alone. */
export interface Trouble {
  readonly sinceMs: number;
  readonly tries: number;
  readonly restsUntilMs: number;
}

/** A stretch from a stored head on in which nothing matches a filter. */
export interface LeftOut {
  /** The cursor's. */
  readonly epoch: number;
  readonly version: number;
  readonly filter: string;
  /** Where it ends. */
  readonly place: Place;
  readonly messages: number;
}

/** Some 15 MB once they are compiled. */
const SCHEMA_CHARACTERS_AT_MOST = 150_000;

/** The most topics, and the most subscriptions, that a process remembers; the least recently used are dropped. */
export const REMEMBERED_AT_MOST = 1_000;
/** A topic has up to 256 partitions; a process knows the tails of those that it appends to. */
export const TAILS_AT_MOST = 10_000;

/** A start of a lane's pump: when, and how often the lane had been taken by then, if that was asked. */
export interface Started {
  readonly atMs: number;
  readonly takes?: number;
}

/** The push subscriptions of a topic, paused or not, as of some number of changes. */
export interface PushedTo {
  readonly changes: number;
  readonly subscriptions: readonly Subscription[];
}

/** Starting places make up most of a subscription: as many as this take some ten megabytes. */
const PUSHED_PLACES = 50_000;

/** Topics whose anchors are remembered, for a second: each may have 256, and a sweep sees them all. */
export const ANCHORED_AT_MOST = 100;

/**
 * What one process remembers between calls. Losing any of it costs a read, never a message. Everything is bounded,
 * because a process lives for hours while topics and subscriptions come and go.
 */
export class Caches {
  /** By name. */
  readonly topics = new Recent<Remembered<Topic>>(REMEMBERED_AT_MOST);
  /** By topic uid. */
  readonly spreads = new Recent<Spread>(REMEMBERED_AT_MOST);
  /** By partition key. */
  readonly tails = new Recent<Remembered<Tail>>(TAILS_AT_MOST);
  /** By topic uid. */
  readonly anchors = new Recent<Remembered<ReadonlyMap<number, Anchor>>>(ANCHORED_AT_MOST);
  /** By partition key: the tail that was seen cold, and is the tail while the anchor has this version. */
  readonly coldTails = new Recent<{ readonly version: number; readonly tail: Tail | undefined }>(
    TAILS_AT_MOST,
  );
  /** By topic uid: when a message of it was erased last, as far as this process knows. */
  readonly erasedAtMs = new Recent<number>(REMEMBERED_AT_MOST);
  /** By topic uid: the time at which this process set the topic's mark. */
  readonly marked = new Recent<number>(REMEMBERED_AT_MOST);
  /** By topic uid: when its mark was set, if that was young when a poll read it. */
  readonly youngMarks = new Recent<number>(REMEMBERED_AT_MOST);
  /** By topic uid: its push subscriptions, while they have changed so often. */
  readonly pushed = new Sized<PushedTo>(PUSHED_PLACES);
  /** By topic uid: when this process last answered a doorbell of the topic. */
  readonly rungAtMs = new Recent<number>(REMEMBERED_AT_MOST);
  /** By subscription uid: when a doorbell last left its pump alone, which was at work or had to wait. */
  readonly atWorkAtMs = new Recent<number>(REMEMBERED_AT_MOST);
  /** By lane: when a doorbell last started its pump. */
  readonly started = new Recent<Started>(REMEMBERED_AT_MOST);
  /** Of doorbells that are to be rung again: the uids of the subscriptions for which they are answered. */
  readonly answeredFor = new WeakMap<object, ReadonlySet<string>>();
  /** By subscription uid: the filter's text when it was read last; undefined if there was none. */
  readonly filters = new Recent<Remembered<string | undefined>>(REMEMBERED_AT_MOST);
  /** By their text. */
  readonly compiledFilters = new Recent<Filter>(REMEMBERED_AT_MOST);
  /** By the schema's text, by whose length they are counted: compiled, it takes a hundred times as much memory. */
  readonly bodyChecks = new Sized<BodyCheck>(SCHEMA_CHARACTERS_AT_MOST);
  /** By subscription key and partition (consume/left-out.ts). */
  readonly leftOut = new Recent<LeftOut>(TAILS_AT_MOST);
  /** By subscription uid: the messages left out that were not reported yet, and the time of the last report. */
  readonly leftOutCounts = new Recent<Remembered<number>>(REMEMBERED_AT_MOST);
  /** By subscription key. */
  readonly consumers = new Recent<ConsumerMemory>(REMEMBERED_AT_MOST);
  /** By subscription key: the extended leases that a look was past (consume/due-now.ts). */
  readonly passed = new Recent<Remembered<PassedOver>>(REMEMBERED_AT_MOST);
  /** By what failed (log/troubles.ts). */
  readonly troubles = new Map<string, Trouble>();
  /** When an object was last read. A success after another object's failure shows that the store itself works. */
  segmentReadAtMs = 0;
  readonly slots: SlotCache;

  constructor(slotCacheBytes: number) {
    this.slots = new SlotCache(slotCacheBytes);
  }
}

/** Keeps the `limit` most recently used entries. */
export class Recent<V> {
  readonly #entries = new Map<string, V>();

  constructor(private readonly limit: number) {}

  get(key: string): V | undefined {
    const value = this.#entries.get(key);
    if (value !== undefined) this.set(key, value);
    return value;
  }

  set(key: string, value: V): void {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > this.limit && oldest !== undefined) this.#entries.delete(oldest);
  }

  values(): IterableIterator<V> {
    return this.#entries.values();
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }
}

interface CachedSlot {
  readonly messages: readonly MessageContent[];
  readonly sizeBytes: number;
  /** Where it lies, if that is known: `placeOf`. */
  place?: string;
}

/** The same place has other bytes once a message of it was erased. */
type DecodedSlot = Pick<Slot, "nonce" | "checksum">;
const nameOf = ({ nonce, checksum }: DecodedSlot): string => `${nonce}#${checksum}`;

const placeOf = (partition: PartitionRef, base: Offset): string => `${partitionKey(partition)}#${base}`;

/**
 * Decoded slots by their nonce and bytes, and by their place, from where a consumer that takes a part of one goes on
 * without reading it again: a slot changes only where a message of it is erased (lookup.ts, `noteErasure`). The least
 * recently used are dropped first.
 */
export class SlotCache {
  readonly #entries = new Map<string, CachedSlot>();
  /** By `placeOf`. */
  readonly #slots = new Map<string, Slot>();
  #sizeBytes = 0;
  #placesFromMs = 0;

  constructor(readonly limitBytes: number) {}

  get(slot: DecodedSlot): readonly MessageContent[] | undefined {
    const name = nameOf(slot);
    const entry = this.#entries.get(name);
    if (!entry) return undefined;
    this.#entries.delete(name);
    this.#entries.set(name, entry);
    return entry.messages;
  }

  set(slot: DecodedSlot, messages: readonly MessageContent[], sizeBytes: number): void {
    const name = nameOf(slot);
    if (sizeBytes > this.limitBytes || this.#entries.has(name)) return;
    this.#entries.set(name, { messages, sizeBytes });
    this.#sizeBytes += sizeBytes;
    for (const [oldest, entry] of this.#entries) {
      if (this.#sizeBytes <= this.limitBytes) break;
      this.#entries.delete(oldest);
      if (entry.place !== undefined) this.#slots.delete(entry.place);
      this.#sizeBytes -= entry.sizeBytes;
    }
  }

  /** Remembers where a slot lies, as long as its messages are kept. */
  setPlace(partition: PartitionRef, slot: Slot, nowMs: number): void {
    const entry = this.#entries.get(nameOf(slot));
    if (!entry || entry.place !== undefined || nowMs < this.#placesFromMs) return;
    entry.place = placeOf(partition, slot.base);
    this.#slots.set(entry.place, slot);
  }

  /** Drops all of them, and remembers no place before `placesFromMs`: what is being read may be of before. */
  forget(placesFromMs: number): void {
    this.#entries.clear();
    this.#slots.clear();
    this.#sizeBytes = 0;
    this.#placesFromMs = placesFromMs;
  }

  /** The known slots from exactly `from` on, without a gap, at most `limit`. */
  slotsFrom(partition: PartitionRef, from: Offset, limit: number): readonly Slot[] {
    const slots: Slot[] = [];
    let slot = this.#slots.get(placeOf(partition, from));
    while (slot && slots.length < limit) {
      slots.push(slot);
      slot = this.#slots.get(placeOf(partition, nextOffset(slot)));
    }
    return slots;
  }
}

/** Values of different sizes, up to a limit of them together; the least recently used are dropped first. */
export class Sized<V> {
  readonly #entries = new Map<string, { readonly value: V; readonly size: number }>();
  #size = 0;

  constructor(private readonly limit: number) {}

  get(key: string): V | undefined {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry.value;
  }

  set(key: string, value: V, size: number): void {
    this.#drop(key);
    if (size > this.limit) return;
    this.#entries.set(key, { value, size });
    this.#size += size;
    for (const oldest of this.#entries.keys()) {
      if (this.#size <= this.limit) break;
      this.#drop(oldest);
    }
  }

  #drop(key: string): void {
    this.#size -= this.#entries.get(key)?.size ?? 0;
    this.#entries.delete(key);
  }
}
