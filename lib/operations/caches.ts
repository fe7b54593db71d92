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

/** What one process remembers between calls. Losing any of it costs a read, never a message. */
export class Caches {
  /** By name. */
  readonly topics = new Map<string, Remembered<Topic>>();
  /** By topic uid. */
  readonly spreads = new Map<string, Spread>();
  /** By partition key. */
  readonly tails = new Map<string, Remembered<Tail>>();
  /** By topic uid. */
  readonly partitionsInUse = new Map<string, Remembered<readonly number[]>>();
  /** By subscription key. */
  readonly consumers = new Map<string, ConsumerMemory>();
  /** By what failed (log/troubles.ts). */
  readonly troubles = new Map<string, Trouble>();
  /** When an object's bytes were read last: then it is not all of the store that fails. */
  segmentReadAtMs = 0;
  readonly slots: SlotCache;

  constructor(slotCacheBytes: number) {
    this.slots = new SlotCache(slotCacheBytes);
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
