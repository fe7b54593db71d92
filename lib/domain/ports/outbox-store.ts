import type { Erasure } from "../message.js";
import type { OutboxMessage, OutboxRef, OutboxShard, RefusedMessage } from "../outbox.js";
import type { Page, PageRequest } from "../page.js";

/** The oldest messages of a shard, in the order in which they were written. `more`: there are later ones. */
export interface OldestMessages {
  readonly messages: readonly OutboxMessage[];
  readonly more: boolean;
}

/** Something waits in a shard. */
export interface FoundWaiting {
  readonly shard: OutboxShard;
  readonly name: string;
}

/**
 * The messages that users' own transactions put, on their way into the log. An append takes them
 * (lib/domain/beside.ts). Its promises are test/contract/outbox-store.ts. All methods throw {Throttled} and
 * {StorageUnavailable}.
 */
export interface OutboxStore {
  /**
   * The oldest messages of a shard, about 1 MB of them, and about 1,000 at the most. Strongly consistent, and closed:
   * whatever was stored before a message of this answer was written, and sorts before it, is in the answer too, unless
   * it is gone. So a key's messages are never seen without those before them.
   */
  oldest(shard: OutboxShard): Promise<OldestMessages>;
  /**
   * What waits in any shard, in no order; each call reads up to 1 MB. Eventually consistent. A page may be empty and
   * still have a cursor.
   */
  scan(page: PageRequest): Promise<Page<FoundWaiting>>;
  /** What waits of a topic, shard by shard, in order. Eventually consistent. */
  list(topic: string, page: PageRequest): Promise<Page<OutboxMessage>>;
  /** The message of that name in any shard of a topic; undefined if none waits there. Strongly consistent. */
  find(topic: string, name: string): Promise<OutboxMessage | undefined>;
  /** Takes a message out of the outbox, and keeps it with the reason: one of many callers does it. */
  refuse(message: OutboxRef, why: string, nowMs: number): Promise<"refused" | "gone">;
  /**
   * Takes out for good the content of a message that waits, or was refused; what says so is kept as a refused one.
   * Of all who erase, refuse or take one that waits, a single one does it.
   */
  erase(message: OutboxRef | RefusedMessage, erasure: Erasure): Promise<"erased" | "gone">;
  /** A topic's refused messages, oldest refusal first. */
  refused(topic: string, page: PageRequest): Promise<Page<RefusedMessage>>;
}
