import type {
  DeadLetter,
  DeadLetterEntry,
  DeadLetterQuery,
  KeptAct,
  MendedCopy,
  MessageCopy,
} from "../dead-letter.js";
import type { Page, PageRequest } from "../page.js";
import type { SubscriptionRef } from "../subscription.js";

/**
 * Reads the subscriptions' dead letters. They are written by ProgressStore.move, together with what becomes of their
 * messages. Its promises are test/contract/dead-letter-store.ts.
 */
export interface DeadLetterStore {
  /** By the message's id, expired or not. Strongly consistent. */
  get(subscription: SubscriptionRef, id: string): Promise<DeadLetter | undefined>;
  /** Longest dead first. Strongly consistent. @throws {InvalidRequest} for a cursor that is not valid */
  list(
    subscription: SubscriptionRef,
    query: DeadLetterQuery,
    page: PageRequest,
  ): Promise<Page<DeadLetterEntry>>;
  /** What replaces a mended message's content, by its name. Strongly consistent. */
  mended(subscription: SubscriptionRef, name: string): Promise<MessageCopy | undefined>;
  /** All that replaces the content of the message at that place in the log. Strongly consistent. */
  mendedOf(
    subscription: SubscriptionRef,
    place: Pick<DeadLetterEntry, "partition" | "offset">,
  ): Promise<readonly Pick<MendedCopy, "name" | "copy">[]>;
  /** Deletes what replaces a mended message's content; does nothing if it is gone. */
  dropMended(subscription: SubscriptionRef, name: string): Promise<void>;
  /** What became of the dead letters of a message, the earliest first; expired or not. Strongly consistent. */
  acts(subscription: SubscriptionRef, id: string): Promise<readonly KeptAct[]>;
  /** How many are alive at `nowMs`. Reads counts only. */
  count(subscription: SubscriptionRef, nowMs: number): Promise<number>;
}
