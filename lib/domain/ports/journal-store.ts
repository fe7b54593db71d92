import type { JournalEntry, JournalShard } from "../journal.js";
import type { Page, PageRequest } from "../page.js";
import type { SubscriptionRef } from "../subscription.js";

/**
 * What became of each attempt in the subscriptions of topics that are traced. It is written beside what it tells of,
 * and nothing depends on it. Its promises are test/contract/journal-store.ts. All methods throw {Throttled} and
 * {StorageUnavailable}.
 */
export interface JournalStore {
  /** Written again with the same id, it replaces itself. */
  write(subscription: SubscriptionRef, entry: JournalEntry): Promise<void>;
  /**
   * The entries of a shard that were written at `fromMs` or later, in the order of their ids; expired or not. Strongly
   * consistent.
   */
  read(shard: JournalShard, fromMs: number, page: PageRequest): Promise<Page<JournalEntry>>;
  /** Deletes up to `limit` entries; true once none is left. */
  purge(subscription: SubscriptionRef, limit: number): Promise<boolean>;
}
