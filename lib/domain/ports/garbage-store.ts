import type { Garbage } from "../garbage.js";
import type { Page, PageRequest } from "../page.js";

/**
 * Notes of deleted topics and subscriptions. The deletion itself writes them (TopicStore, SubscriptionStore). Its
 * promises are test/contract/garbage.ts.
 */
export interface GarbageStore {
  /**
   * The notes not forgotten yet, oldest first: each comes to the front, however many follow. Strongly consistent.
   * @throws {InvalidRequest} for a cursor that is not valid.
   */
  list(page: PageRequest): Promise<Page<Garbage>>;
  /** Removes the note, once everything is purged and nobody is left who could write more of it. */
  forget(garbage: Garbage): Promise<void>;
}
