import type { Cursor, Due, SetAside } from "../../domain/progress.js";
import type { Timer } from "../../domain/ports/timer-store.js";
import type { Slot } from "../../domain/slot.js";
import type { Subscription, SubscriptionRef } from "../../domain/subscription.js";
import type { PartitionRef, Topic } from "../../domain/topic.js";

/** A name in the list of topics: a topic with its count of subscriptions, or what bars the name of one that was deleted. */
export type TopicEntry =
  | { readonly kind: "topic"; readonly topic: Topic; readonly subscriptions: number }
  | { readonly kind: "tombstone"; readonly untilMs: number };

export interface ProgressEntry {
  readonly cursors: Map<number, Cursor>;
  /** By id. */
  readonly due: Map<string, Due>;
  /** By `partition#base`. */
  readonly setAside: Map<string, SetAside>;
}

/** What all processes of one deployment share: the tables and the bucket, in memory. */
export class MemoryStorage {
  /** Slots of a partition, ascending by base. */
  readonly logs = new Map<string, Slot[]>();
  /** By topic uid, then partition. */
  readonly anchors = new Map<string, Map<number, number>>();
  readonly segments = new Map<string, Uint8Array>();
  readonly topics = new Map<string, TopicEntry>();
  /** By topic uid, then name. */
  readonly subscriptions = new Map<string, Map<string, Subscription>>();
  readonly garbage = new Map<string, SubscriptionRef>();
  /** By subscription key. */
  readonly progress = new Map<string, ProgressEntry>();
  readonly pumpLeases = new Map<string, { owner: string | undefined; untilMs: number; deaths: number }>();
  readonly timers = new Map<string, Timer>();
  readonly #listeners: ((partition: PartitionRef) => void)[] = [];

  /** Calls `listener` for every slot that is stored: the doorbell. */
  onAppend(listener: (partition: PartitionRef) => void): void {
    this.#listeners.push(listener);
  }

  ring(partition: PartitionRef): void {
    for (const listener of this.#listeners) listener(partition);
  }
}

/** One step later, as any store answers; the work itself happens in one go. */
export const answered = async (): Promise<void> => await Promise.resolve();

/** What goes in or comes out is a copy: nobody shares a store's own object. */
export const copy = <T>(value: T): T => structuredClone(value);
