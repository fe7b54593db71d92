import type { Place } from "./place.js";
import type { TopicRef } from "./topic.js";

/** Who gets the messages: a consumer that asks, or a Lambda function that Sluice calls. */
export type Target = { readonly type: "pull" } | { readonly type: "lambda"; readonly functionArn: string };

/** Where a new subscription starts, or one that is sought to goes on. Times are epoch milliseconds. */
export type StartFrom = "latest" | "earliest" | { readonly timeMs: number } | { readonly id: string };

/** How messages are put together for one delivery of a push subscription. */
export interface BatchSettings {
  /** 1..1000 messages. */
  readonly maxMessages: number;
  /** Sum of the messages, attributes included; a single larger message still goes, alone. */
  readonly maxBytes: number;
}

/** Names one life of a subscription; `uid` changes when it is deleted and made again. */
export interface SubscriptionRef {
  readonly topic: TopicRef;
  readonly name: string;
  readonly uid: string;
}

/** A named reader of one topic with its own progress. */
export interface Subscription extends SubscriptionRef {
  readonly target: Target;
  /** Where it starts in each partition; one that is not named is seen from its beginning. */
  readonly startingPlaces: Readonly<Record<number, Place>>;
  /** How often it was sought: what of its progress carries a lower one is void, and counts from `startHeads`. */
  readonly epoch: number;
  /** How long a consumer has for a message, and how long a failed one waits; 1..43200. */
  readonly ackDeadlineSeconds: number;
  readonly batch: BatchSettings;
  /** Deliveries at once, over all partitions; push only. 1..1000. */
  readonly maxConcurrency: number;
  readonly paused: boolean;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly version: number;
}

export type SubscriptionSettings = Pick<
  Subscription,
  "target" | "ackDeadlineSeconds" | "batch" | "maxConcurrency" | "paused"
>;

export const SUBSCRIPTION_DEFAULTS: SubscriptionSettings = {
  target: { type: "pull" },
  ackDeadlineSeconds: 30,
  batch: { maxMessages: 10, maxBytes: 262_144 },
  maxConcurrency: 10,
  paused: false,
};

/** The key of a subscription's progress, and of its pumps. */
export function subscriptionKey({ topic, name, uid }: SubscriptionRef): string {
  return `${topic.name}#${topic.uid}#${name}#${uid}`;
}
