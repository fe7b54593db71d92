import { type SubscriptionRef, subscriptionKey } from "./subscription.js";
import type { TopicRef } from "./topic.js";

/** A deleted subscription; its progress still has to be purged. */
export interface DeletedSubscription {
  readonly kind: "subscription";
  readonly subscription: SubscriptionRef;
  readonly deletedAtMs: number;
}

/** A deleted topic; its anchors still have to be purged. Its slots expire as they would have. */
export interface DeletedTopic {
  readonly kind: "topic";
  readonly topic: TopicRef;
  readonly deletedAtMs: number;
}

/** Something deleted. The note stays until nothing that belonged to it can come back. */
export type Garbage = DeletedSubscription | DeletedTopic;

/** Together with the time of deletion, identifies the note. */
export const garbageName = (garbage: Garbage): string =>
  garbage.kind === "topic"
    ? `topic#${garbage.topic.name}#${garbage.topic.uid}`
    : `subscription#${subscriptionKey(garbage.subscription)}`;
