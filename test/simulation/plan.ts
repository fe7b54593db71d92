import type { StartFrom, SubscriptionSettings } from "../../lib/domain/subscription.js";
import type { TopicSettings } from "../../lib/domain/topic.js";
import type { AtomicPlan } from "./actors/atomic-producer.js";
import type { ConsumerPlan } from "./actors/consumer.js";
import type { EraserPlan } from "./actors/eraser.js";
import type { ProducerPlan } from "./actors/producer.js";
import type { ListerPlan } from "./actors/lister.js";
import type { LookerPlan } from "./actors/looker.js";
import type { SchedulerPlan } from "./schedule-times.js";
import type { ServicePlan } from "./actors/outbox-service.js";
import type { ReaderPlan } from "./actors/reader.js";
import type { SubscriberPlan } from "./actors/subscriber.js";
import type { UploaderPlan } from "./actors/uploader.js";
import type { FaultRates } from "./faults.js";

export interface SubscriptionPlan {
  readonly name: string;
  readonly from: StartFrom;
  readonly settings: Partial<SubscriptionSettings>;
  readonly push: SubscriberPlan | undefined;
  readonly pull: readonly ConsumerPlan[];
}

/** What an operator changes. */
export type ChangeKind =
  | "pause"
  | "pause-delivery"
  | "pause-topic"
  | "retention"
  | "deadline"
  | "seek"
  | "attempts"
  | "redrive"
  | "job"
  | "cancel-job"
  | "replay"
  | "slow-replay"
  | "filter"
  | "settle"
  | "rotate"
  | "cancel"
  | "schema"
  | "hold"
  | "window"
  | "recreate"
  | "recreate-topic";

export interface TopicPlan {
  readonly name: string;
  readonly ordering: "none" | "key";
  readonly partitions: number;
  readonly retentionSeconds: number;
  readonly dedupWindowSeconds?: number;
  /** What bodies have to fit at first; default: nothing. */
  readonly schema?: string;
  /** Whether its deliveries are told to journals; default: no. */
  readonly trace?: "attempts";
  readonly producers: readonly ProducerPlan[];
  readonly subscriptions: readonly SubscriptionPlan[];
  /** Who looks messages up; default: nobody. */
  readonly lookers?: readonly LookerPlan[];
  /** Who erases messages; default: nobody. */
  readonly erasers?: readonly EraserPlan[];
  /** Who uploads bodies, and publishes them; default: nobody. */
  readonly uploaders?: readonly UploaderPlan[];
  /** Who goes through lists; default: nobody. */
  readonly listers?: readonly ListerPlan[];
  /** Who reads without a subscription; default: nobody. */
  readonly readers?: readonly ReaderPlan[];
  /** Services that write into the outbox; default: none. */
  readonly services?: readonly ServicePlan[];
  /** How many changes an operator makes, of which kinds; default: of any. */
  readonly changes: number;
  readonly kinds?: readonly ChangeKind[];
}

/** What its topic is made with. */
export const settingsOf = (topic: TopicPlan): Partial<TopicSettings> => {
  const { ordering, partitions, retentionSeconds, dedupWindowSeconds, schema, trace } = topic;
  return {
    ...{ ordering, partitions, retentionSeconds },
    ...(dedupWindowSeconds === undefined ? {} : { dedupWindowSeconds }),
    ...(schema === undefined ? {} : { schema }),
    ...(trace === undefined ? {} : { trace }),
  };
};

/** One run: who does what under which faults. All of it follows from the seed, and can be made smaller. */
export interface Plan {
  readonly rates: FaultRates;
  readonly clocksApart: boolean;
  /** Subscriptions to which nothing happens, though another one may be sick: there the strictest checks hold. */
  readonly calm: readonly string[];
  /** Subscriptions to which nothing happens but that messages fail, again and again. */
  readonly failing: readonly string[];
  /** A subscription whose timers fail: what they start does not start, and says so late; default: none. */
  readonly deaf?: string;
  /** Subscriptions to which nothing happens but that they fail some of what they get: their retries are in time. */
  readonly timely?: readonly string[];
  /** Subscriptions to which nothing happens but that their targets are out for a while. */
  readonly out?: readonly string[];
  /** Subscriptions to which nothing happens but that their targets say for a while that they are gone. */
  readonly gone?: readonly string[];
  /** How long a target says so until its subscription is disabled. */
  readonly goneForMs?: number;
  /** Whether producers and operators take days, and not hours. */
  readonly takesDays?: true;
  /** Whether outages last to their end, though nobody publishes any more. */
  readonly lasts?: true;
  /** Subscriptions with a rate limit, to which nothing happens but that they fail some of what they get. */
  readonly rated?: readonly string[];
  /** The subscription to whose workers nothing happens but that some messages end them; default: none. */
  readonly poisoned?: string;
  /** Subscriptions whose consumers write what messages do together with an inbox item; default: none. */
  readonly inboxes?: readonly string[];
  /** What decoded messages may take in a process; default: more than there are. */
  readonly decodedBytes?: number;
  /** Whether producers delay some of what they publish; default: none. */
  readonly hasDelays?: true;
  /** Whether producers give dedupIds, and publish some messages again; default: none. */
  readonly hasDedup?: true;
  /** Who has schedules; default: nobody. */
  readonly schedules?: SchedulerPlan;
  /** Producers whose publishes are all or nothing; default: none. */
  readonly atomic?: readonly AtomicPlan[];
  readonly topic: TopicPlan;
}

/** Makes a run smaller, one step for each that is more than 0. */
export interface Shrink {
  readonly producers: number;
  readonly publishes: number;
  readonly subscriptions: number;
  /** Names of faults that are switched off. */
  readonly without: readonly string[];
}

export const WHOLE: Shrink = { producers: 99, publishes: 99, subscriptions: 99, without: [] };
