import type { Topic, TopicRef } from "../topic.js";
import type { Page, PageRequest } from "../page.js";

/** The topics. Its promises are test/contract/topic-store.ts. Reads are strongly consistent. */
export interface TopicStore {
  /**
   * Makes it unless one of that name is there, or was deleted and its tombstone still stands at `topic.createdAtMs`.
   */
  create(
    topic: Topic,
  ): Promise<
    | { readonly kind: "created" }
    | { readonly kind: "exists"; readonly topic: Topic }
    | { readonly kind: "just-deleted"; readonly untilMs: number }
  >;
  get(name: string): Promise<Topic | undefined>;
  /** By name. @throws {InvalidRequest} for a cursor that is none. */
  list(page: PageRequest): Promise<Page<Topic>>;
  /** Compare and set: goes through if the stored one has the same uid and `topic.version - 1`. */
  update(topic: Topic): Promise<"updated" | "conflict">;
  /**
   * Deletes it if it has no subscriptions, leaves a tombstone that bars its name until `tombstoneUntilMs`, and notes it
   * as garbage, at once.
   */
  delete(
    topic: TopicRef,
    deletedAtMs: number,
    tombstoneUntilMs: number,
  ): Promise<"deleted" | "has-subscriptions" | "gone">;
}
