import type { Garbage } from "../garbage.js";
import type { Page, PageRequest } from "../page.js";

/**
 * The notes of what was deleted. The deletion itself writes them (TopicStore, SubscriptionStore). Its promises are
 * test/contract/garbage.ts.
 */
export interface GarbageStore {
  /**
   * What is not forgotten yet, the longest deleted first: however much follows, each comes to the front. Strongly
   * consistent. @throws {InvalidRequest} for a cursor that is none.
   */
  list(page: PageRequest): Promise<Page<Garbage>>;
  /** What belonged to it is purged, and nobody is left who could write any more of it. */
  forget(garbage: Garbage): Promise<void>;
}
