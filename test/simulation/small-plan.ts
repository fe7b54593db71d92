import type { AtomicPlan } from "./actors/atomic-producer.js";
import type { SchedulerPlan } from "./schedule-times.js";
import { ATOMIC } from "./atomic-plan.js";
import { STRICT } from "./body-schemas.js";
import { SUBSCRIPTION_DEFAULTS } from "../../lib/domain/subscription.js";
import { NO_FAULTS } from "./faults.js";
import type { Plan, SubscriptionPlan, TopicPlan } from "./plan.js";

export const steady = { workMs: 300, fails: 0, failsSome: 0, rejects: 0, throttled: 0, dawdles: 0 };
const diligent = { forgets: 0, late: 0, twice: 0, parts: 0, retries: 0, rejects: 0, extends: 0 };

interface Small {
  readonly ordering?: "none" | "key";
  readonly partitions?: number;
  readonly publishes?: number;
  readonly batch?: number;
  readonly bigShare?: number;
  readonly gapMs?: number;
  readonly longGapMs?: number;
  readonly changes?: number;
  readonly kinds?: TopicPlan["kinds"];
  /** Whether what its timers start does not start. */
  readonly isDeaf?: true;
  readonly goneForMs?: number;
  /** How many publishes a service has in flight; default: each is an invocation of the API. */
  readonly inFlight?: number;
  /** The share of messages that are delayed, by up to five seconds. */
  readonly delayedShare?: number;
  /** The share of messages that are sent again: then each has a dedupId, and each publish a key. */
  readonly repeatShare?: number;
  /** Publishes that are all or nothing, beside the others. */
  readonly atomic?: Partial<AtomicPlan>;
  readonly subscription: Omit<SubscriptionPlan, "name" | "from">;
  /** Somebody who has schedules, and does so much to them. */
  readonly scheduleSteps?: number;
  /** Whether the topic has a schema, which some messages do not fit. */
  readonly hasSchema?: true;
  /** Whether its deliveries are told to journals. */
  readonly isTraced?: true;
  /** How many messages somebody erases. */
  readonly erasures?: number;
  /** Whether they are not in the log yet. */
  readonly erasesEarly?: true;
  /** Services that write into the outbox; then nobody consumes. */
  readonly services?: TopicPlan["services"];
}

/** Its fourth message fits the loose schema only, its eighth any. */
const REFUSED = ["put", "loosen", "look", "message", "tighten", "look", "look", "message", "look"] as const;

const schedulesOf = (steps: number, { ordering, hasSchema }: Small): SchedulerPlan => ({
  ...{ names: ["s0"], steps, gapMs: hasSchema ? 300_000 : 20_000, outages: 0 },
  key: ordering === "key" ? "a" : undefined,
  ...(hasSchema ? { hasSchema, acts: REFUSED } : {}),
});

function erasersOf({ erasures, erasesEarly }: Small): Pick<TopicPlan, "erasers"> {
  if (erasures === undefined) return {};
  return { erasers: [erasesEarly ? { erasures, gapMs: 700, isEarly: true } : { erasures, gapMs: 4_000 }] };
}

/** A small run. */
export function small(given: Small): Plan {
  const {
    ordering = "none",
    partitions = 1,
    publishes = 3,
    batch = 2,
    bigShare = 0,
    gapMs = 400,
    longGapMs = 2_000,
  } = given;
  return {
    rates: { ...NO_FAULTS, coldStart: 0 },
    clocksApart: false,
    calm: [],
    failing: [],
    ...(given.delayedShare === undefined ? {} : { hasDelays: true }),
    ...(given.repeatShare === undefined ? {} : { hasDedup: true }),
    ...(given.atomic === undefined ? {} : { hasDedup: true, atomic: [{ ...ATOMIC, ...given.atomic }] }),
    ...(given.scheduleSteps === undefined ? {} : { schedules: schedulesOf(given.scheduleSteps, given) }),
    ...(given.isDeaf ? { deaf: "s" } : {}),
    ...(given.goneForMs === undefined ? {} : { goneForMs: given.goneForMs, lasts: true }),
    topic: {
      name: "orders",
      ordering,
      partitions,
      retentionSeconds: 3_600,
      ...(given.hasSchema ? { schema: STRICT } : {}),
      ...(given.isTraced ? { trace: "attempts" } : {}),
      producers: [
        {
          name: "p",
          topic: "orders",
          publishes,
          batch,
          keys: ordering === "key" ? ["a", "b"] : [],
          gapMs,
          longGapMs,
          bigShare,
          expiringShare: 0,
          ...(given.hasSchema ? { hasSchema: true, isNamed: true } : {}),
          ...(given.delayedShare === undefined ? {} : { delayedShare: given.delayedShare, delaySeconds: 5 }),
          ...(given.repeatShare === undefined ? {} : { repeatShare: given.repeatShare, isNamed: true }),
          ...(given.inFlight === undefined ? {} : { isEmbedded: true, inFlight: given.inFlight }),
        },
      ],
      subscriptions: given.services ? [] : [{ name: "s", from: "earliest", ...given.subscription }],
      ...erasersOf(given),
      ...(given.services ? { services: given.services } : {}),
      changes: given.changes ?? 0,
      ...(given.kinds ? { kinds: given.kinds } : {}),
    },
  };
}

export const pull = (more: Partial<typeof diligent> = {}): Small["subscription"] => ({
  settings: { ackDeadlineSeconds: 5 },
  push: undefined,
  pull: [{ topic: "orders", subscription: "s", maxMessages: 3, thinkMs: 200, ...diligent, ...more }],
});

export const push = (maxConcurrency: number, more: Partial<typeof steady> = {}): Small["subscription"] => ({
  settings: {
    target: { type: "lambda", functionArn: "arn:fn:s" },
    ackDeadlineSeconds: 3,
    retry: { ...SUBSCRIPTION_DEFAULTS.retry, scheduleSeconds: [3] },
    maxConcurrency,
    batch: { maxMessages: 2, maxBytes: 262_144, windowSeconds: 0 },
  },
  push: { maxConcurrency, ...steady, ...more },
  pull: [],
});

export const aService = (name: string): NonNullable<TopicPlan["services"]>[number] => ({
  name,
  topic: "orders",
  transactions: 7,
  inFlight: 1,
  keys: ["a", "b"],
  gapMs: 40,
  longGapMs: 3_000,
  rollsBack: 0.1,
  forgetsKey: 0.3,
  bigShare: 0.2,
});

/** What has died holds its key, until it is sent again or deleted. */
export const holding = (subscription: Small["subscription"]): Small["subscription"] => ({
  ...subscription,
  settings: { ...subscription.settings, deadLetter: { retentionSeconds: 3_600, onDeadLetter: "hold" } },
});

/** Messages that fail so often become dead letters. */
export const withAttempts = (
  maxAttempts: number,
  subscription: Small["subscription"],
): Small["subscription"] => ({
  ...subscription,
  settings: { ...subscription.settings, retry: { ...SUBSCRIPTION_DEFAULTS.retry, maxAttempts } },
});
