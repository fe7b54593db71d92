import type { Offset, Slot, Tail } from "../slot.js";
import type { PartitionRef, TopicRef } from "../topic.js";
import type { Beside } from "../beside.js";
import type { AppendOutcome } from "../append-outcome.js";

/** Slots from a place on, in order. `more`: the page ended before the log did. */
export interface SlotPage {
  readonly slots: readonly Slot[];
  readonly more: boolean;
}

/** What an append does in the same transaction as it puts its slot. */
export interface AppendOptions {
  /** Bumps the partition's anchor, if it still has this version; 0: there is none yet. */
  readonly anchorVersion?: number | undefined;
  /** At most `BESIDE_LIMIT`, each of another name. */
  readonly beside?: readonly Beside[];
}

/** The topics' logs. Its promises are test/contract/log-store.ts. All throw {Throttled} and {StorageUnavailable}. */
export interface LogStore {
  /**
   * Puts `slot` at its base, if no slot is there, and does what `options` say; all of it, or nothing. A slot with the
   * same nonce already in its place is the caller's own, whose answer was lost: `stored`. Of several reasons against
   * it, `refused` is told first, then `lost`.
   */
  append(partition: PartitionRef, slot: Slot, options?: AppendOptions): Promise<AppendOutcome>;
  /** The last slot that is stored, expired or not; strongly consistent. */
  tail(partition: PartitionRef): Promise<Tail | undefined>;
  /** The anchor's version, 0 where there is none; strongly consistent. */
  anchorVersion(partition: PartitionRef): Promise<number>;
  /**
   * The partitions that were ever appended to, ascending: each had its anchor bumped by its first append. Strongly
   * consistent.
   */
  partitionsInUse(topic: TopicRef): Promise<readonly number[]>;
  /**
   * Slots with `base >= from`, at most `limit` of them and 1 MB. Eventually consistent (an older prefix) unless told.
   */
  read(
    partition: PartitionRef,
    from: Offset,
    limit: number,
    options?: { consistent?: boolean },
  ): Promise<SlotPage>;
  /** Deletes the anchors of a deleted topic; `true` once none is left. Its slots go by themselves as they expire. */
  purge(topic: TopicRef): Promise<boolean>;
  /** The last slot with `base <= offset`, that is the one that holds `offset` if any does. Strongly consistent. */
  slotAt(partition: PartitionRef, offset: Offset): Promise<Slot | undefined>;
}
