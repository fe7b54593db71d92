import { type SubscriptionRef, subscriptionKey } from "./subscription.js";
import type { TopicRef } from "./topic.js";

/** A deleted subscription, whose progress is left behind. */
export interface DeletedSubscription {
  readonly kind: "subscription";
  readonly subscription: SubscriptionRef;
  readonly deletedAtMs: number;
}

/** A deleted topic, whose anchors are left behind. Its slots expire as they would have. */
export interface DeletedTopic {
  readonly kind: "topic";
  readonly topic: TopicRef;
  readonly deletedAtMs: number;
}

/** What was deleted, noted until nothing of what belonged to it can come back. */
export type Garbage = DeletedSubscription | DeletedTopic;

/** What tells one note from another, beside the time of the deletion. */
export const garbageName = (garbage: Garbage): string =>
  garbage.kind === "topic"
    ? `topic#${garbage.topic.name}#${garbage.topic.uid}`
    : `subscription#${subscriptionKey(garbage.subscription)}`;
