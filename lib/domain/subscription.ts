import type { Ownership } from "./ownership.js";
import type { Place } from "./place.js";
import type { TopicRef } from "./topic.js";

/** An HTTPS endpoint that messages are posted to, signed. */
export interface HttpsTarget {
  readonly type: "https";
  readonly url: string;
  /** What a message looks like: as the API hands it out, or as a CloudEvent. */
  readonly format: "message" | "cloudevent";
  /** The custom headers of each delivery; their values are kept with the secret. */
  readonly headerNames: readonly string[];
  /** How long a connection may take; 1..`timeoutSeconds`. */
  readonly connectTimeoutSeconds: number;
  /** How long a delivery may take until its answer; 1..300. */
  readonly timeoutSeconds: number;
  /** Names the secret in Secrets Manager that signs, in place of the one that is kept beside the subscription. */
  readonly secretArn?: string;
}

/** Who gets the messages: consumers that ask for them, or a Lambda function or an endpoint that Sluice calls. */
export type Target =
  { readonly type: "pull" } | { readonly type: "lambda"; readonly functionArn: string } | HttpsTarget;

export const HTTPS_DEFAULTS = {
  format: "message",
  headerNames: [],
  connectTimeoutSeconds: 5,
  timeoutSeconds: 15,
} as const satisfies Partial<HttpsTarget>;

/** The longest that a webhook's delivery may take. */
export const WEBHOOK_SECONDS_AT_MOST = 300;

/** Where a new subscription starts, or where a seek moves it. Times are epoch milliseconds. */
export type StartFrom = "latest" | "earliest" | { readonly timeMs: number } | { readonly id: string };

/** How far ahead of the clock the time of a start may lie: clocks are no further apart. */
export const FUTURE_AT_MOST_MS = 5 * 60_000;

/** How messages are grouped into one delivery of a push subscription. */
export interface BatchSettings {
  /** 1..1000 messages. */
  readonly maxMessages: number;
  /** Sum of the messages, attributes included. A single larger message is delivered alone. */
  readonly maxBytes: number;
  /** How long a message waits for others to fill its delivery; 0..300. 0: not at all. */
  readonly windowSeconds: number;
}

/** What becomes of a message that failed: how long it waits, and how often. Each wait is 1..86400 seconds. */
export interface RetrySettings {
  /** After so many failures of its own a message becomes a dead letter; 1..1000. */
  readonly maxAttempts: number;
  /** The wait after the first failure, and the least after any other. */
  readonly minBackoffSeconds: number;
  /** The longest wait. */
  readonly maxBackoffSeconds: number;
  /** `full`: waits are random, so that what failed together does not come again together. `none`: the longest. */
  readonly jitter: "full" | "none";
  /** The wait after each attempt, in place of the others; the last one repeats. Empty: none. */
  readonly scheduleSeconds: readonly number[];
}

/** What becomes of a message that has no attempt left. */
export interface DeadLetterSettings {
  /** How long it is kept, 1 hour to 1 year. */
  readonly retentionSeconds: number;
  /** With ordering, whether its key goes on, or holds as long as the dead letter is there. @default "release" */
  readonly onDeadLetter?: OnDeadLetter;
}

export const ON_DEAD_LETTER = ["release", "hold"] as const;
/** What becomes of the later messages of a dead letter's key, in a topic with ordering. */
export type OnDeadLetter = (typeof ON_DEAD_LETTER)[number];

/** The longest wait that a setting can ask for: a day. */
export const RETRY_SECONDS_AT_MOST = 86_400;
/** The most waits of a schedule. */
export const RETRY_WAITS_AT_MOST = 50;

/** Identifies one life of a subscription: `uid` changes when it is deleted and created again. */
export interface SubscriptionRef {
  readonly topic: TopicRef;
  readonly name: string;
  readonly uid: string;
}

/** No more of a subscription than says which it is. */
export const subscriptionRef = ({ topic, name, uid }: SubscriptionRef): SubscriptionRef => ({
  topic: { name: topic.name, uid: topic.uid },
  name,
  uid,
});

/** From which `maxConcurrency` a subscription was lowered, and when. */
export interface Narrowed {
  readonly from: number;
  readonly atMs: number;
}

/** A push subscription whose target said for a day that it is gone: nothing is delivered until it is enabled again. */
export interface Disabled {
  readonly reason: "gone";
  /** What the target said last. */
  readonly error: string;
  /** When it was disabled. */
  readonly sinceMs: number;
}

/** A named reader of one topic with its own progress. */
export interface Subscription extends SubscriptionRef {
  readonly target: Target;
  /** Where it starts in each partition. A partition that is not listed is read from its beginning. */
  readonly startingPlaces: Readonly<Record<number, Place>>;
  /** The number of seeks so far. Progress with a lower epoch is void: reading starts from `startingPlaces`. */
  readonly epoch: number;
  /** How long a consumer has for a message; 1..43200. */
  readonly ackDeadlineSeconds: number;
  readonly retry: RetrySettings;
  readonly deadLetter: DeadLetterSettings;
  readonly batch: BatchSettings;
  /** The most concurrent deliveries, over all partitions; push only. 1..1000. */
  readonly maxConcurrency: number;
  /** The most messages a second, over all partitions; push only. 0: no limit. */
  readonly rateLimitPerSecond: number;
  readonly paused: boolean;
  /** The JSON text of its filter, as it was sent; messages that do not match are passed over. @default all match */
  readonly filter?: string;
  /** Set where `maxConcurrency` was lowered to what fewer lanes deliver: the others may still be at work. */
  readonly narrowed?: Narrowed;
  readonly disabled?: Disabled;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly version: number;
  /** Missing where it was made over the API. */
  readonly ownership?: Ownership;
}

export type SubscriptionSettings = Pick<
  Subscription,
  | "target"
  | "ackDeadlineSeconds"
  | "retry"
  | "deadLetter"
  | "batch"
  | "maxConcurrency"
  | "rateLimitPerSecond"
  | "paused"
  | "filter"
>;

export const SUBSCRIPTION_DEFAULTS: SubscriptionSettings = {
  target: { type: "pull" },
  ackDeadlineSeconds: 30,
  retry: {
    maxAttempts: 16,
    minBackoffSeconds: 1,
    maxBackoffSeconds: 3_600,
    jitter: "full",
    scheduleSeconds: [],
  },
  deadLetter: { retentionSeconds: 14 * 86_400 },
  batch: { maxMessages: 10, maxBytes: 262_144, windowSeconds: 0 },
  maxConcurrency: 10,
  rateLimitPerSecond: 0,
  paused: false,
};

/** A webhook gets its messages one by one unless it asks for more: most receivers expect that. */
export const batchDefaults = ({ type }: Target): BatchSettings =>
  type === "https" ? { ...SUBSCRIPTION_DEFAULTS.batch, maxMessages: 1 } : SUBSCRIPTION_DEFAULTS.batch;

/** The key of a subscription's progress and of its pumps. */
export function subscriptionKey({ topic, name, uid }: SubscriptionRef): string {
  return `${topic.name}#${topic.uid}#${name}#${uid}`;
}
