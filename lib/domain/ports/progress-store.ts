import type { Cursor, CursorMove, Due, Lease, Move, SetAside } from "../progress/records.js";
import type { DueLook } from "../progress/due-look.js";
import type { Offset } from "../slot.js";
import type { SubscriptionRef } from "../subscription.js";
import type { Page, PageRequest } from "../page.js";
import type { Living, ProgressTotals } from "../progress/totals.js";

/** How a subscription stands. */
export interface Standing {
  /** The stored cursors by partition. Of what they have passed, nothing is missing in `hasRecords`. */
  readonly cursors: ReadonlyMap<number, Cursor>;
  /** Whether anything is under a lease, or waits for another attempt, due or not. */
  readonly hasRecords: boolean;
}

/** A page of records, in the order of their ids. */
export interface RecordPage {
  readonly records: readonly Due[];
  /** Set if there may be more: the next page goes on after this id. */
  readonly lastId?: string;
}

/** How the end of a lease went. `gone`: it was ended or handed out again before. */
export type Finished = "done" | "gone" | "kept";

/**
 * The subscriptions' cursors, leases and retries. Each message is in one place, and every move is one write or one
 * transaction. Its promises are test/contract/progress-store.ts.
 */
export interface ProgressStore {
  /** The stored cursors by partition. Eventually consistent unless `consistent`. */
  cursors(
    subscription: SubscriptionRef,
    options?: { consistent?: boolean },
  ): Promise<ReadonlyMap<number, Cursor>>;
  /** How a subscription stands, in one read. Strongly consistent. */
  standing(subscription: SubscriptionRef): Promise<Standing>;
  /** One cursor. Strongly consistent. */
  cursor(subscription: SubscriptionRef, partition: number): Promise<Cursor | undefined>;
  /**
   * Up to `limit` due retries, leases whose deadline has passed, and hints, longest due first; not those in cursors.
   * Eventually consistent.
   * `after`: only records with a later id, as a look before has passed those up to it.
   */
  due(subscription: SubscriptionRef, nowMs: number, limit: number, after?: string): Promise<DueLook>;
  /** When the next of them is due, those in cursors left out. Strongly consistent. */
  nextDueMs(subscription: SubscriptionRef): Promise<number | undefined>;
  /**
   * The leases, retries and hints, due or not, by id, those in cursors left out. Reads `limit` of them at the most,
   * after the id `after`. Strongly consistent.
   */
  records(
    subscription: SubscriptionRef,
    page: { readonly limit: number; readonly after?: string },
  ): Promise<RecordPage>;
  /** One record, wherever it is kept. Strongly consistent. */
  get(subscription: SubscriptionRef, id: string): Promise<Due | undefined>;
  /** All or nothing. A repeat of a call whose response was lost returns `moved` too. */
  move(subscription: SubscriptionRef, move: Move): Promise<"moved" | "conflict">;
  /**
   * Moves a head, and leases what it passes by leases in the cursor (`isInner`), one at least: one write of one item.
   * Returns the cursor as it is then, with all its leases. A repeat of a call whose response was lost does so too.
   * `ended`: whole leases that began in this cursor, and end with the same write; if one is gone, nothing changes.
   */
  advance(
    subscription: SubscriptionRef,
    cursor: CursorMove,
    leases: readonly Lease[],
    ended?: readonly string[],
  ): Promise<Cursor | "conflict">;
  /** Ends the whole lease, in its cursor or by itself, unless it is marked (`kept`). */
  finish(subscription: SubscriptionRef, leaseId: string): Promise<Finished>;
  /**
   * Ends leases that began in one partition's cursor, each as `finish` does, by one write as long as all of them are
   * still there. Returns one outcome each, in their order.
   */
  finishTogether(subscription: SubscriptionRef, leaseIds: readonly string[]): Promise<readonly Finished[]>;
  /**
   * Marks offsets of a lease that is not in its cursor as acknowledged, and raises its version. Concurrent calls
   * commute. Returns the lease after the change.
   */
  acknowledge(
    subscription: SubscriptionRef,
    leaseId: string,
    offsets: readonly Offset[],
  ): Promise<Lease | "gone">;
  /**
   * Moves the deadline of a whole lease to `dueMs` and raises its version, so that whoever was about to take it looks
   * again. `kept`: unchanged, because its deadline is already later, or it is marked or partly acknowledged.
   */
  extend(subscription: SubscriptionRef, leaseId: string, dueMs: number): Promise<"done" | "gone" | "kept">;
  /** Counts records of `epoch` or later, those in cursors too. Default: as if nothing had expired. */
  totals(subscription: SubscriptionRef, epoch: number, living?: Living): Promise<ProgressTotals>;
  setAside(subscription: SubscriptionRef, page: PageRequest): Promise<Page<SetAside>>;
  /** Deletes up to `limit` items of a deleted subscription; `true` once nothing is left. */
  purge(subscription: SubscriptionRef, limit: number): Promise<boolean>;
}
