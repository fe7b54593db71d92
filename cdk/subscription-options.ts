import type { Duration, RemovalPolicy, Size } from "aws-cdk-lib";
import type { ISecret } from "aws-cdk-lib/aws-secretsmanager";
import type { HttpsTarget, OnDeadLetter } from "../lib/domain/subscription.js";

/**
 * Where a new subscription starts; ignored once it exists. Times are RFC 3339, and not in the future. `{ place }` is
 * what the words alone are, for languages that cannot leave the choice to the type.
 */
export type StartAt =
  StartPlace | { readonly place: StartPlace } | { readonly time: string } | { readonly id: string };
/** An end of the log. */
export type StartPlace = "latest" | "earliest";
/** What a delivery to a webhook looks like. */
export type WebhookFormat = HttpsTarget["format"];

/** How long a message that failed waits for its next attempt; each wait is 1 second to 1 day. */
export interface RetryProps {
  /** After so many failures of its own a message becomes a dead letter, 1 to 1000. @default 16 */
  readonly maxAttempts?: number;
  /** The wait after the first failure, and the least after any other. @default Duration.seconds(1) */
  readonly minBackoff?: Duration;
  /** The longest wait: the bound doubles with each attempt until it is reached. @default Duration.hours(1) */
  readonly maxBackoff?: Duration;
  /** Whether waits are random, so that what failed together does not come again together. @default true */
  readonly jitter?: boolean;
  /** The wait after each attempt, in place of the above; the last one repeats. @default - none */
  readonly schedule?: readonly Duration[];
}

/** Settings of a subscription whose consumers receive over the API; those of each kind have them, too. */
export interface PullSubscriptionProps {
  /**
   * Its name in the API, 1 to 80 characters from `A-Z a-z 0-9 _ -`. A new name means a new subscription without
   * progress.
   * @default - the construct's id
   */
  readonly subscriptionName?: string;
  /** @default "latest" */
  readonly from?: StartAt;
  /**
   * How long a consumer has for a message; 1 second to 12 hours.
   * @default - 30 seconds, or the function's timeout if that is longer
   */
  readonly ackDeadline?: Duration;
  /** How long a message that failed waits for its next attempt. @default - 1 second to 1 hour, doubling, with jitter */
  readonly retry?: RetryProps;
  /** How long a message that has no attempt left is kept, 1 hour to 1 year. @default Duration.days(14) */
  readonly deadLetterRetention?: Duration;
  /**
   * In a topic with ordering, what becomes of the later messages of a dead letter's key: `release` lets them go on,
   * `hold` has them wait until it is sent again, deleted, or past its retention.
   * @default "release"
   */
  readonly onDeadLetter?: OnDeadLetter;
  /**
   * The messages that it gets, as a pattern of EventBridge's language over `key`, `tag`, `attributes.NAME` and
   * `body.PATH`: `{ tag: ["created"] }`. It is checked as the app is synthesized.
   * @default - all messages
   */
  readonly filter?: Readonly<Record<string, unknown>>;
  /**
   * Whether deliveries are held back. Each deployment that changes the subscription sets it again; leave it out, and
   * operators pause and resume over the API.
   * @default - false as it is created; then whatever was set over the API
   */
  readonly paused?: boolean;
  /**
   * Whether the subscription is deleted, with its progress, when it leaves the stack. One that was kept goes on where
   * it was when its construct is added again; until then it has to be deleted over the API if nobody needs it. Another
   * name, or another topic, always deletes the one before.
   * @default - the topic's
   */
  readonly removalPolicy?: RemovalPolicy;
  /**
   * Whether a subscription of this name that was made over the API, by an older release or by another app becomes this
   * construct's, to be deleted with it. Otherwise the deployment fails if there is one.
   * @default false
   */
  readonly adopt?: boolean;
}

/** Settings of a subscription that is delivered to a function. */
export interface LambdaSubscriptionProps extends PullSubscriptionProps {
  /** The most concurrent invocations, 1 to 1000. @default 10 */
  readonly maxConcurrency?: number;
  /**
   * The most messages a second, over all partitions; 0.1 to 10,000, fractions allowed. Needs a `maxConcurrency` of at
   * most 512.
   * @default - no limit
   */
  readonly rateLimitPerSecond?: number;
  /** The most messages in one invocation, 1 to 1000. @default 10 */
  readonly batchMaxMessages?: number;
  /**
   * Sum of the bodies in one invocation, 1 KiB to 4 MiB; a single larger message still goes, alone.
   * @default Size.kibibytes(256)
   */
  readonly batchMaxSize?: Size;
  /**
   * How long a message waits at the most until its invocation is full, counted from its publish; whole seconds up to 5
   * minutes. Needs a `maxConcurrency` of at most 512, unless the topic is ordered.
   * @default Duration.seconds(0)
   */
  readonly batchWindow?: Duration;
}

/** A secret of Secrets Manager, made in this app or elsewhere. */
export type SigningSecret = Omit<ISecret, "secretFullArn">;

/** Settings of a subscription that is delivered to an HTTPS endpoint. */
export interface WebhookSubscriptionProps extends LambdaSubscriptionProps {
  /** What a delivery looks like: a message as the API hands it out, or a CloudEvent. @default "message" */
  readonly format?: WebhookFormat;
  /**
   * The secret that signs: `whsec_` and base64 as Standard Webhooks has it, or any text, whose bytes are the key. It
   * is rotated in Secrets Manager: deliveries are signed with a new one within a minute, and with the one before for a
   * day. Each signing role of the queue is allowed to read it.
   * @default - a secret that Sluice makes; `sluice webhooks rotate-secret` answers one
   */
  readonly secret?: SigningSecret;
  /** How long a connection may take, 1 second up to `timeout`. @default Duration.seconds(5) */
  readonly connectTimeout?: Duration;
  /** How long an answer may take, 1 second to 5 minutes. @default Duration.seconds(15) */
  readonly timeout?: Duration;
}
