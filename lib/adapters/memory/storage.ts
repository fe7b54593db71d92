import type { Anchor } from "../../domain/anchor.js";
import type { DeadLetter, DeadLetterEntry, KeptAct, MendedCopy } from "../../domain/dead-letter.js";
import type { Delayed } from "../../domain/delayed.js";
import type { JournalEntry } from "../../domain/journal.js";
import type { Mark } from "../../domain/mark.js";
import type { Cursor, Due, SetAside } from "../../domain/progress/records.js";
import type { Doorbell } from "../../domain/pump-start.js";
import type { RedriveJob } from "../../domain/redrive-job.js";
import type { ReplayJob } from "../../domain/replay-job.js";
import { type Offset, type Slot, nextOffset } from "../../domain/slot.js";
import type { RefusedMessage } from "../../domain/outbox.js";
import type { Roster } from "../../domain/roster.js";
import type { Schedule } from "../../domain/schedule.js";
import type { Subscription } from "../../domain/subscription.js";
import { type PartitionRef, type Topic, partitionKey } from "../../domain/topic.js";
import { type ItemLimits, NO_LIMITS } from "./item-limits.js";
import { SortedMap, firstNotBelow } from "./sorted-map.js";
import type { UploadFacts } from "../../domain/ports/upload-store.js";
import type { Garbage } from "../../domain/garbage.js";
import type { Timer } from "../../domain/timer.js";
import type { WebhookSecrets } from "../../domain/webhook/secrets.js";

/**
 * An entry in the list of topics: a topic with its number of subscriptions and of their changes, or the tombstone of a
 * deleted one.
 */
export type TopicEntry =
  | {
      readonly kind: "topic";
      readonly topic: Topic;
      readonly subscriptions: number;
      readonly changes: number;
    }
  | { readonly kind: "tombstone"; readonly untilMs: number };

export interface LockEntry {
  readonly owner: string | undefined;
  readonly untilMs: number;
  readonly deaths: number;
  /** Whether somebody who found it held has left word. */
  readonly isKnocked?: boolean;
  readonly takes?: number;
  readonly takenAtMs?: number;
  readonly calledAtMs?: number;
  readonly note?: string;
}

/** A record that an append claimed. */
export interface RecordEntry {
  readonly value: string;
  readonly version: number;
  readonly expiresAtMs?: number;
}

export class ProgressEntry {
  readonly cursors = new Map<number, Cursor>();
  /** By id. */
  readonly due = new SortedMap<Due>();
  /** By partition and base. */
  readonly setAside = new SortedMap<SetAside>();
  /** By message id. */
  readonly letters = new SortedMap<DeadLetter>();
  /** The same in the order of a list, by `deadLetterKey`. */
  readonly listedLetters = new SortedMap<DeadLetterEntry>();
  /** By the time at which they expire. */
  readonly letterCounts = new Map<number, number>();
  readonly mended = new Map<string, MendedCopy>();
  /** By `actKey`: how dead letters were ended. */
  readonly acts = new SortedMap<KeptAct>();
  /** Redrive jobs, and replays: the running one, and by id those that are over. */
  readonly jobs = new SortedMap<RedriveJob>();
  readonly replays = new SortedMap<ReplayJob>();
  /** Messages that expired before anybody acknowledged them. */
  expired = 0;

  /** All leases, retries and hints: by themselves, and in the cursors. */
  records(): Due[] {
    const inner = [...this.cursors.values()].flatMap((cursor) => cursor.inner ?? []);
    return [...inner, ...this.due.values()];
  }
}

/** What all processes of one deployment share: the tables and the bucket, in memory. */
export class MemoryStorage {
  readonly limits: ItemLimits;
  /** Slots of a partition, ascending by base. */
  readonly logs = new Map<string, Slot[]>();
  /** By topic uid, then partition. */
  readonly anchors = new Map<string, Map<number, Anchor>>();
  /** By `markName`. */
  readonly marks = new SortedMap<Mark>();
  readonly segments = new Map<string, Uint8Array>();
  /** What publishers put there by themselves, by key. */
  readonly uploads = new Map<string, { readonly facts: UploadFacts; readonly isUsed: boolean }>();
  readonly topics = new SortedMap<TopicEntry>();
  /** By topic uid, then name. */
  readonly subscriptions = new Map<string, SortedMap<Subscription>>();
  /** By topic uid, then name. */
  readonly schedules = new Map<string, SortedMap<Schedule>>();
  /** Of webhooks, by subscription key. */
  readonly secrets = new Map<string, WebhookSecrets>();
  /** By topic uid. */
  readonly rosters = new Map<string, Roster>();
  /** By time of deletion and name. */
  readonly garbage = new SortedMap<Garbage>();
  /** By subscription key. */
  readonly progress = new Map<string, ProgressEntry>();
  /** By subscription and shard, then by id. */
  readonly journals = new Map<string, SortedMap<JournalEntry>>();
  readonly locks = new Map<string, LockEntry>();
  readonly timers = new SortedMap<Timer>();
  /** By name: what appends claimed. */
  readonly records = new Map<string, RecordEntry>();
  /** By group, then by place: messages that are not due yet. */
  readonly delayed = new Map<string, SortedMap<Delayed>>();
  /** Those that were cancelled, and until when that is remembered. */
  readonly cancelled = new Map<string, number>();
  /** The first id of each call that scheduled messages. */
  readonly knownPuts = new Set<string>();
  /** By group, then by place: what users' own transactions put. */
  readonly outbox = new Map<string, SortedMap<unknown>>();
  /** By topic, in the order of their refusals: what could not go from the outbox into the log. */
  readonly refused = new Map<string, SortedMap<RefusedMessage>>();
  readonly #listeners = new Set<(bell: Doorbell) => void>();

  constructor({ limits = NO_LIMITS }: { readonly limits?: ItemLimits } = {}) {
    this.limits = limits;
  }

  /** Calls `listener` for each stored slot, like the doorbell. Returns a function that stops it. */
  onAppend(listener: (bell: Doorbell) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  ring({ topic, partition }: PartitionRef, slot: Slot): void {
    const { header, count, unpackedBytes } = slot;
    const end = nextOffset(slot);
    const shown = { header, count, unpackedBytes };
    const bell = { topic: { name: topic.name, uid: topic.uid }, partition, end, slot: shown };
    for (const listener of this.#listeners) listener(bell);
  }

  /** Removes an expired slot, as TTL does in any order. False if it was not there. */
  removeSlot(partition: PartitionRef, base: Offset): boolean {
    const slots = this.logs.get(partitionKey(partition)) ?? [];
    const index = slotIndex(slots, base);
    if (slots[index]?.base !== base) return false;
    slots.splice(index, 1);
    return true;
  }
}

/** The first index whose slot has `base >= offset`. */
export const slotIndex = (slots: readonly Slot[], offset: Offset): number =>
  firstNotBelow(slots, ({ base }) => base < offset);

/** Resolves in a later microtask, as a real store answers later; the work itself stays atomic. */
export const answered = async (): Promise<void> => await Promise.resolve();

/** Copies plain data, so that nobody shares an object with a store. Knows no other classes. */
export function copy<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Map) return new Map([...value].map(copy)) as T;
  if (ArrayBuffer.isView(value)) return copyBytes(value as T & Uint8Array) as T;
  if (Array.isArray(value)) return value.map(copy) as T;
  const copied: Record<string, unknown> = {};
  for (const key in value) copied[key] = copy(value[key]);
  return copied as T;
}

/** Copies only these bytes; a structured clone of a view copies the whole buffer behind it. */
export const copyBytes = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes);

export const copySlot = (slot: Slot): Slot => ({
  ...slot,
  content:
    slot.content.kind === "inline"
      ? { kind: "inline", bytes: copyBytes(slot.content.bytes) }
      : { ...slot.content },
});
