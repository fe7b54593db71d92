import type { Subscription, SubscriptionRef } from "../subscription.js";
import type { Roster } from "../roster.js";
import type { TopicRef } from "../topic.js";
import type { Page, PageRequest } from "../page.js";
import type { WebhookSecrets } from "../webhook/secrets.js";

/**
 * The topics' subscriptions. Reads are strongly consistent, but for rosters. Its promises are
 * test/contract/subscription-store.ts.
 */
export interface SubscriptionStore {
  /**
   * Creates it, with its secrets if it has any, and counts it on its topic in one transaction. Each change below is
   * counted there, too.
   */
  create(
    subscription: Subscription,
    secrets?: WebhookSecrets,
  ): Promise<
    | { readonly kind: "created" }
    | { readonly kind: "exists"; readonly subscription: Subscription }
    | { readonly kind: "topic-gone" }
  >;
  get(topic: TopicRef, name: string): Promise<Subscription | undefined>;
  /** In order of name. @throws {InvalidRequest} for a cursor that is not valid. */
  list(topic: TopicRef, page: PageRequest): Promise<Page<Subscription>>;
  /** A webhook's secrets; no other method returns them. */
  secrets(subscription: SubscriptionRef): Promise<WebhookSecrets | undefined>;
  /**
   * Compare and set: succeeds if the stored one has the same uid and `subscription.version - 1`. Secrets, if given,
   * are replaced together with it; otherwise they stay.
   */
  update(subscription: Subscription, secrets?: WebhookSecrets): Promise<"updated" | "conflict">;
  /**
   * In one transaction, deletes it with its secrets, lowers its topic's count and notes its progress as garbage. With
   * `version`, only that version of it.
   */
  delete(
    subscription: SubscriptionRef,
    deletedAtMs: number,
    version?: number,
  ): Promise<"deleted" | "gone" | "changed">;
  /** The roster that was kept last, however old, if there is one that can be read; eventually consistent. */
  roster(topic: TopicRef): Promise<Roster | undefined>;
  /** `not-kept`: a later one is there, or it does not fit into the store. */
  keepRoster(topic: TopicRef, roster: Roster): Promise<"kept" | "not-kept">;
}
