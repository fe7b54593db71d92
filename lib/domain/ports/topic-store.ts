import type { Topic, TopicRef } from "../topic.js";
import type { Page, PageRequest } from "../page.js";

export interface CountedTopic {
  readonly topic: Topic;
  readonly subscriptions: number;
  /** How often one of them was made, changed or deleted. */
  readonly subscriptionChanges: number;
}

/** The topics. Reads are strongly consistent. Its promises are test/contract/topic-store.ts. */
export interface TopicStore {
  /**
   * Creates it unless a topic with that name exists, or was deleted and its tombstone still stands at
   * `topic.createdAtMs`.
   */
  create(
    topic: Topic,
  ): Promise<
    | { readonly kind: "created" }
    | { readonly kind: "exists"; readonly topic: Topic }
    | { readonly kind: "just-deleted"; readonly untilMs: number }
  >;
  get(name: string): Promise<Topic | undefined>;
  /** Also counts its subscriptions and their changes: a list of them is good while that is the same. */
  getCounted(name: string): Promise<CountedTopic | undefined>;
  /** In order of name. @throws {InvalidRequest} for a cursor that is not valid. */
  list(page: PageRequest): Promise<Page<Topic>>;
  /** Compare and set: succeeds if the stored one has the same uid and `topic.version - 1`. */
  update(topic: Topic): Promise<"updated" | "conflict">;
  /**
   * If it has no subscriptions, deletes it in one transaction, leaves a tombstone that blocks its name until
   * `tombstoneUntilMs`, and notes it as garbage. With `version`, only that version of it.
   */
  delete(
    topic: TopicRef,
    deletedAtMs: number,
    tombstoneUntilMs: number,
    version?: number,
  ): Promise<"deleted" | "has-subscriptions" | "gone" | "changed">;
}
