import type { Refusal } from "../append-outcome.js";
import type { Claim } from "../beside.js";
import type { Delayed, DelayedEntry } from "../delayed.js";
import type { Page, PageRequest } from "../page.js";
import type { DelayedTimer } from "../timer.js";
import type { TopicRef } from "../topic.js";

/**
 * Messages that are not due yet. Who publishes one takes it away by its append (beside.ts). Its promises are
 * test/contract/delayed-store.ts. All methods throw {Throttled} and {StorageUnavailable}.
 */
export interface DelayedStore {
  /**
   * Stores messages together with the timers that lead to them, and with claims of records by that time (beside.ts):
   * all or nothing. At most `PUT_LIMIT` of all. Returns the claims that were refused; if there are none, all is stored.
   * A repeat of this very call changes nothing, also after they were taken away. @throws {Conflict} if another writer
   * was at work on one of the timers or records: then nothing was stored
   */
  put(
    topic: TopicRef,
    delayed: readonly Delayed[],
    timers: readonly DelayedTimer[],
    beside?: { readonly claims: readonly Claim[]; readonly nowMs: number },
  ): Promise<readonly Refusal[]>;
  /** The one with this id; undefined if it is not there, published and cancelled included. Strongly consistent. */
  get(topic: TopicRef, id: string): Promise<Delayed | undefined>;
  /** Up to `limit` of those due by `untilMs`, soonest first, by their ids. Strongly consistent. */
  due(topic: TopicRef, untilMs: number, limit: number): Promise<readonly Delayed[]>;
  /** A page without contents, soonest first. Strongly consistent. @throws {InvalidRequest} for a wrong cursor */
  list(topic: TopicRef, page: PageRequest): Promise<Page<DelayedEntry>>;
  /**
   * Removes one, so that it is never published. `gone`: it is not there. Whoever asks again until `rememberedUntilMs`
   * is told `cancelled` again.
   */
  cancel(topic: TopicRef, id: string, rememberedUntilMs: number): Promise<"cancelled" | "gone">;
  /** Deletes up to `limit` of a deleted topic; `true` once none is left. */
  purge(topic: TopicRef, limit: number): Promise<boolean>;
}

/** A transaction's items. */
export const PUT_LIMIT = 100;
