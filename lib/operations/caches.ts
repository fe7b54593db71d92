import type { MessageContent } from "../domain/message.js";
import type { Cursor } from "../domain/progress/records.js";
import type { Tail } from "../domain/slot.js";
import type { Spread } from "../domain/spread.js";
import type { Topic } from "../domain/topic.js";

/** Something read at a time. */
export interface Remembered<T> {
  readonly value: T;
  readonly atMs: number;
}

/** What is known of where a consumer of one subscription finds something. */
export interface ConsumerMemory {
  /** Where it found something last, and stays. */
  partition: number;
  /** Takes in a row from there. */
  stayed: number;
  readonly cursors: Map<number, Cursor>;
  cursorsReadAtMs: number;
  /** Whether what is due goes first the next time that there are both, it and new messages. */
  isDueFirst: boolean;
  /** Races for a head that were lost in a row. */
  losses: number;
  /** Messages in the slot that was read last: how many slots to ask for. */
  slotCount: number;
}

/** Something that fails again and again: since when, how often, and until when it is left alone. */
export interface Trouble {
  readonly sinceMs: number;
  readonly tries: number;
  readonly restsUntilMs: number;
}

/** Topics, and subscriptions, that one process serves at the same time: what is known of more is forgotten. */
export const REMEMBERED_AT_MOST = 1_000;
/** A topic has up to 256 partitions, of which a process knows the tails of those that it appends to. */
export const TAILS_AT_MOST = 10_000;

/**
 * What one process remembers between calls. Losing any of it costs a read, never a message. All of it is bounded: a
 * process lives for hours, while topics and subscriptions come and go.
 */
export class Caches {
  /** By name. */
  readonly topics = new Recent<Remembered<Topic>>(REMEMBERED_AT_MOST);
  /** By topic uid. */
  readonly spreads = new Recent<Spread>(REMEMBERED_AT_MOST);
  /** By partition key. */
  readonly tails = new Recent<Remembered<Tail>>(TAILS_AT_MOST);
  /** By topic uid. */
  readonly partitionsInUse = new Recent<Remembered<readonly number[]>>(REMEMBERED_AT_MOST);
  /** By subscription key. */
  readonly consumers = new Recent<ConsumerMemory>(REMEMBERED_AT_MOST);
  /** By what failed (log/troubles.ts). */
  readonly troubles = new Map<string, Trouble>();
  /** When an object's bytes were read last: then it is not all of the store that fails. */
  segmentReadAtMs = 0;
  readonly slots: SlotCache;

  constructor(slotCacheBytes: number) {
    this.slots = new SlotCache(slotCacheBytes);
  }
}

/** The entries that were used last, so many at the most. */
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

/** Decoded slots by nonce, the least recently used dropped first. */
export class SlotCache {
  readonly #entries = new Map<string, { messages: readonly MessageContent[]; sizeBytes: number }>();
  #sizeBytes = 0;

  constructor(private readonly limitBytes: number) {}

  get(nonce: string): readonly MessageContent[] | undefined {
    const entry = this.#entries.get(nonce);
    if (!entry) return undefined;
    this.#entries.delete(nonce);
    this.#entries.set(nonce, entry);
    return entry.messages;
  }

  set(nonce: string, messages: readonly MessageContent[], sizeBytes: number): void {
    if (sizeBytes > this.limitBytes || this.#entries.has(nonce)) return;
    this.#entries.set(nonce, { messages, sizeBytes });
    this.#sizeBytes += sizeBytes;
    for (const [oldest, entry] of this.#entries) {
      if (this.#sizeBytes <= this.limitBytes) break;
      this.#entries.delete(oldest);
      this.#sizeBytes -= entry.sizeBytes;
    }
  }
}
