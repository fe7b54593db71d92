import type { Cursor, Due, Lease, Move, SetAside } from "../progress/records.js";
import type { Offset } from "../slot.js";
import type { SubscriptionRef } from "../subscription.js";
import type { Page, PageRequest } from "../page.js";
import type { LiveFrom, ProgressTotals } from "../progress/totals.js";

/**
 * The subscriptions' cursors, leases and retries. Its promises are test/contract/progress-store.ts.
 * A message is in one place: every move is one write, or one transaction.
 */
export interface ProgressStore {
  /** The stored cursors by partition; eventually consistent unless told. */
  cursors(
    subscription: SubscriptionRef,
    options?: { consistent?: boolean },
  ): Promise<ReadonlyMap<number, Cursor>>;
  /** One cursor; strongly consistent. */
  cursor(subscription: SubscriptionRef, partition: number): Promise<Cursor | undefined>;
  /**
   * Up to `limit` retries that are due and leases whose deadline has passed, the longest due first; eventually
   * consistent.
   */
  due(subscription: SubscriptionRef, nowMs: number, limit: number): Promise<readonly Due[]>;
  /** When the next of them will be due; strongly consistent. */
  nextDueMs(subscription: SubscriptionRef): Promise<number | undefined>;
  /** One lease or retry; strongly consistent. */
  get(subscription: SubscriptionRef, id: string): Promise<Due | undefined>;
  /** All or nothing. A repeat of a call whose answer was lost says `moved` too. */
  move(subscription: SubscriptionRef, move: Move): Promise<"moved" | "conflict">;
  /** Ends the whole lease, unless it is marked (`kept`). */
  finish(subscription: SubscriptionRef, leaseId: string): Promise<"done" | "gone" | "kept">;
  /** Marks offsets of a lease as done and bumps its version; commutes with others. Gives the lease as it is then. */
  acknowledge(
    subscription: SubscriptionRef,
    leaseId: string,
    offsets: readonly Offset[],
  ): Promise<Lease | "gone">;
  /**
   * Moves the deadline of a whole lease to `dueMs` and bumps its version: whoever meant to take it has to look again.
   * `kept`: it is there as it was, since its deadline is later already, or it is marked or settled in part.
   */
  extend(subscription: SubscriptionRef, leaseId: string, dueMs: number): Promise<"done" | "gone" | "kept">;
  /** Counts records of `epoch` or later. What lies below `liveFrom` in its partition has expired. */
  totals(subscription: SubscriptionRef, epoch: number, liveFrom?: LiveFrom): Promise<ProgressTotals>;
  setAside(subscription: SubscriptionRef, page: PageRequest): Promise<Page<SetAside>>;
  /** Deletes up to `limit` items of a deleted subscription; `true` once nothing is left. */
  purge(subscription: SubscriptionRef, limit: number): Promise<boolean>;
}
