import type { Duration, RemovalPolicy } from "aws-cdk-lib";
import type { Paused } from "../lib/domain/topic.js";

/** What stays in order. */
export enum Ordering {
  /** Any consumer, any order: the most parallel. */
  NONE = "none",
  /** Messages with the same ordering key are delivered in the order in which they were published. */
  BY_KEY = "key",
}

/** What is kept of a topic's deliveries, for `sluice trace`. */
export enum TraceLevel {
  OFF = "off",
  /** When each attempt began, how long it took, and how it ended: one write more for each settled batch. */
  ATTEMPTS = "attempts",
}

/** Settings of a topic. */
export interface TopicOptions {
  /**
   * The topic's name in the API, 1 to 80 characters from `A-Z a-z 0-9 _ -`. A new name means a new topic.
   * @default - the construct's id
   */
  readonly topicName?: string;
  /** Cannot be changed later. @default Ordering.NONE */
  readonly ordering?: Ordering;
  /** 1 to 256. May grow later if ordering is NONE. @default 16 */
  readonly partitions?: number;
  /** How long a message is kept, 1 hour to 1 year. @default Duration.days(3) */
  readonly retention?: Duration;
  /**
   * How long a message's `dedupId` is known: of messages with the same one only the first is stored. Up to 7 days;
   * `Duration.seconds(0)`: it is not looked at.
   * @default Duration.minutes(5)
   */
  readonly dedupWindow?: Duration;
  /**
   * What is held back: publishes are refused, deliveries wait. Each deployment that changes the topic sets it again;
   * leave it out, and operators pause and resume over the API.
   * @default - "none" as it is created; then whatever was set over the API
   */
  readonly paused?: Paused;
  /** @default - none */
  readonly description?: string;
  /** What is kept of deliveries. @default TraceLevel.OFF */
  readonly trace?: TraceLevel;
  /**
   * A JSON Schema (draft 2020-12) that bodies have to fit when they are published.
   * @default - any body is taken
   */
  readonly schema?: Readonly<Record<string, unknown>>;
  /**
   * Whether the topic is deleted, with its messages, when it leaves the stack. A topic that was kept goes on when its
   * construct is added again.
   * @default - the queue's
   */
  readonly removalPolicy?: RemovalPolicy;
  /**
   * Whether a topic of this name that was made over the API, by an older release or by another app becomes this
   * construct's, to be deleted with it. Otherwise the deployment fails if there is one.
   * @default false
   */
  readonly adopt?: boolean;
}
