import type { Anchor } from "../anchor.js";
import type { Offset, Slot, Tail } from "../slot.js";
import type { PartitionRef, TopicRef } from "../topic.js";
import type { Beside, Claim } from "../beside.js";
import type { AppendOutcome, Refusal } from "../append-outcome.js";
import type { Together, TogetherOutcome } from "../together.js";

/** Slots in order. `more`: the page ended before the log did. */
export interface SlotPage {
  readonly slots: readonly Slot[];
  readonly more: boolean;
}

/** What else an append does in the transaction that puts its slot. */
export interface AppendOptions {
  /** Moves the partition's anchor on, if it still has this version; 0: there is none yet. */
  readonly anchorVersion?: number | undefined;
  /** At most `BESIDE_LIMIT`, each of a different item. */
  readonly beside?: readonly Beside[];
}

/**
 * The topics' logs. Its promises are test/contract/log-store.ts. All methods throw {Throttled} and
 * {StorageUnavailable}.
 */
export interface LogStore {
  /**
   * Puts `slot` at its base if no slot is there, and does what `options` say: all or nothing. If a slot with the same
   * nonce is there, an earlier attempt stored it and its response was lost: `stored`. If several conditions fail,
   * `refused` comes first, then `lost`.
   */
  append(partition: PartitionRef, slot: Slot, options?: AppendOptions): Promise<AppendOutcome>;
  /**
   * Makes several appends, each to another partition, and stores delayed messages with their timers: all or nothing. If
   * one of the slots is there with its nonce, an earlier attempt stored all of it: `stored`. So does a repeat of this
   * very call. @throws {Conflict} if another writer was at work on one of the items: then nothing was stored
   */
  appendAll(all: Together): Promise<TogetherOutcome>;
  /** Puts one record as an append's claim does, by that time, without a slot. Returns what was in the way. */
  claim(claim: Claim, nowMs: number): Promise<Omit<Refusal, "index"> | undefined>;
  /** The last stored slot, expired or not. Strongly consistent. */
  tail(partition: PartitionRef): Promise<Tail | undefined>;
  /** The anchor's version; 0 if there is none. Strongly consistent. */
  anchorVersion(partition: PartitionRef): Promise<number>;
  /**
   * The anchors by partition, ascending. Each partition has one from its first append on, until that is retired.
   * Eventually consistent unless told.
   */
  anchors(topic: TopicRef, options?: { consistent?: boolean }): Promise<ReadonlyMap<number, Anchor>>;
  /** Notes in the anchor, if it still has this version, that this is the tail. */
  noteTail(partition: PartitionRef, version: number, tail: Tail): Promise<void>;
  /**
   * Raises the version to that time at least, if it still is this one; 0: there is none yet. What was known of the tail
   * counts no more.
   */
  raise(partition: PartitionRef, version: number, nowMs: number): Promise<void>;
  /** Deletes the anchor, if it still has this version: the partition holds nothing any more. */
  retire(partition: PartitionRef, version: number): Promise<void>;
  /**
   * Slots with `base >= from`, at most `limit` and 1 MB. Eventually consistent (an older prefix) unless `consistent`.
   */
  read(
    partition: PartitionRef,
    from: Offset,
    limit: number,
    options?: { consistent?: boolean },
  ): Promise<SlotPage>;
  /**
   * Puts `slot` in the place of `before`, if that is still there with these bytes: a slot of the same messages, but for
   * those that were erased. A repeat of this very call changes nothing.
   */
  replace(partition: PartitionRef, before: Slot, slot: Slot): Promise<"replaced" | "changed">;
  /** Deletes a deleted topic's anchors; `true` once none is left. Its slots disappear as they expire. */
  purge(topic: TopicRef): Promise<boolean>;
  /** The last slot with `base <= offset`: the one that holds `offset`, if any does. Strongly consistent. */
  slotAt(partition: PartitionRef, offset: Offset): Promise<Slot | undefined>;
}
