import type { Subscription, SubscriptionRef } from "../subscription.js";
import type { TopicRef } from "../topic.js";
import type { Page, PageRequest } from "../page.js";

/**
 * The subscriptions of the topics. Its promises are test/contract/subscription-store.ts. Reads are strongly
 * consistent.
 */
export interface SubscriptionStore {
  /** Makes it, and counts it on its topic, at once. */
  create(
    subscription: Subscription,
  ): Promise<
    | { readonly kind: "created" }
    | { readonly kind: "exists"; readonly subscription: Subscription }
    | { readonly kind: "topic-gone" }
  >;
  get(topic: TopicRef, name: string): Promise<Subscription | undefined>;
  /** By name. @throws {InvalidRequest} for a cursor that is none. */
  list(topic: TopicRef, page: PageRequest): Promise<Page<Subscription>>;
  /** Compare and set: goes through if the stored one has the same uid and `subscription.version - 1`. */
  update(subscription: Subscription): Promise<"updated" | "conflict">;
  /** Deletes it, counts it off its topic and notes its progress as garbage, at once. */
  delete(subscription: SubscriptionRef, deletedAtMs: number): Promise<"deleted" | "gone">;
}
