import type { AtomicPlan } from "./actors/atomic-producer.js";
import { ATOMIC } from "./atomic-plan.js";
import { HTTPS_DEFAULTS, SUBSCRIPTION_DEFAULTS } from "../../lib/domain/subscription.js";
import { NO_FAULTS } from "./faults.js";
import type { Plan, SubscriptionPlan, TopicPlan } from "./plan.js";

const steady = { workMs: 300, fails: 0, failsSome: 0, rejects: 0, throttled: 0, dawdles: 0 };
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
  /** Services that write into the outbox; then nobody consumes. */
  readonly services?: TopicPlan["services"];
}

function small(given: Small): Plan {
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
    ...(given.isDeaf ? { deaf: "s" } : {}),
    ...(given.goneForMs === undefined ? {} : { goneForMs: given.goneForMs, lasts: true }),
    topic: {
      name: "orders",
      ordering,
      partitions,
      retentionSeconds: 3_600,
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
          ...(given.delayedShare === undefined ? {} : { delayedShare: given.delayedShare, delaySeconds: 5 }),
          ...(given.repeatShare === undefined ? {} : { repeatShare: given.repeatShare, isNamed: true }),
          ...(given.inFlight === undefined ? {} : { isEmbedded: true, inFlight: given.inFlight }),
        },
      ],
      subscriptions: given.services ? [] : [{ name: "s", from: "earliest", ...given.subscription }],
      ...(given.services ? { services: given.services } : {}),
      changes: given.changes ?? 0,
      ...(given.kinds ? { kinds: given.kinds } : {}),
    },
  };
}

const pull = (more: Partial<typeof diligent> = {}): Small["subscription"] => ({
  settings: { ackDeadlineSeconds: 5 },
  push: undefined,
  pull: [{ topic: "orders", subscription: "s", maxMessages: 3, thinkMs: 200, ...diligent, ...more }],
});

const push = (maxConcurrency: number, more: Partial<typeof steady> = {}): Small["subscription"] => ({
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

const aService = (name: string): NonNullable<TopicPlan["services"]>[number] => ({
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

/** Messages that fail so often become dead letters. */
const withAttempts = (maxAttempts: number, subscription: Small["subscription"]): Small["subscription"] => ({
  ...subscription,
  settings: { ...subscription.settings, retry: { ...SUBSCRIPTION_DEFAULTS.retry, maxAttempts } },
});

/** Until it is disabled, and a little longer. */
const GONE = push(1);
const GONE_FOR = { fromMs: 0, untilMs: 7 * 60_000, reason: "gone" } as const;
const HOOK = {
  ...HTTPS_DEFAULTS,
  type: "https",
  url: "https://s.example.com/",
  connectTimeoutSeconds: 3,
  timeoutSeconds: 3,
} as const;

/** Small runs that make every call that there is: each is killed at each of them. */
export const SMALL_PLANS: Readonly<Record<string, Plan>> = {
  "pull: acknowledge": small({ subscription: pull() }),
  "pull: publishes of a service that share slots": small({
    publishes: 8,
    gapMs: 5,
    longGapMs: 5,
    inFlight: 4,
    subscription: pull(),
  }),
  "pull: retry, extend, settle late": small({
    publishes: 6,
    subscription: pull({ retries: 0.5, extends: 0.3, late: 0.3 }),
  }),
  "pull: extend, acknowledge in parts": small({
    publishes: 6,
    batch: 4,
    subscription: pull({ extends: 0.4, twice: 0.5, parts: 0.7 }),
  }),
  "pull: ordered, with retries": small({
    ordering: "key",
    subscription: pull({ retries: 0.5, extends: 0.4 }),
  }),
  "pull: extend all": small({ publishes: 8, batch: 1, subscription: pull({ extends: 1 }) }),
  "pull: large bodies": small({ bigShare: 1, subscription: pull() }),
  "pull: the tail expires": small({ publishes: 4, longGapMs: 3_400_000, subscription: pull() }),
  "pull: what nobody settles waits for long": small({
    publishes: 2,
    longGapMs: 720_000,
    subscription: { ...pull({ forgets: 1 }), settings: { ackDeadlineSeconds: 800 } },
  }),
  "push: one lane": small({ subscription: push(2) }),
  "push: more comes while a pump is on its way": small({
    partitions: 2,
    publishes: 4,
    batch: 1,
    gapMs: 40,
    longGapMs: 40,
    subscription: push(2),
  }),
  "push: one lane, some fail": small({ publishes: 5, subscription: push(2, { failsSome: 0.7, fails: 0.3 }) }),
  "push: some fail, and their timers are put off, since what they start does not start": small({
    isDeaf: true,
    gapMs: 15_000,
    longGapMs: 20_000,
    subscription: push(2, { failsSome: 0.7, fails: 0.2 }),
  }),
  "push: ordered, some fail": small({
    ordering: "key",
    partitions: 2,
    subscription: push(2, { failsSome: 0.4 }),
  }),
  "push: longer than a lane's lease is renewed": small({
    publishes: 6,
    subscription: push(1, { workMs: 9_000 }),
  }),
  "push: a webhook whose secret is rotated, gone for so long that it is disabled": small({
    publishes: 2,
    goneForMs: 5_000,
    changes: 2,
    kinds: ["rotate"],
    subscription: {
      ...GONE,
      settings: { ...GONE.settings, target: HOOK },
      push: { maxConcurrency: 1, ...steady, outage: GONE_FOR },
    },
  }),
  "push: several lanes": small({ subscription: push(40) }),
  "operator: any change": small({ changes: 4, subscription: push(2) }),
  "operator: what failed too often is sent again, of a consumer that pulls": small({
    changes: 3,
    kinds: ["redrive", "attempts"],
    bigShare: 0.4,
    subscription: withAttempts(1, pull({ retries: 0.4, rejects: 0.3 })),
  }),
  "operator: what failed too often is sent again, ordered and pushed": small({
    changes: 3,
    kinds: ["redrive"],
    ordering: "key",
    partitions: 2,
    subscription: withAttempts(2, push(2, { failsSome: 0.7, rejects: 0.2 })),
  }),
  "operator: a job sends what failed too often again, slowly, and is cancelled": small({
    publishes: 8,
    changes: 4,
    kinds: ["job", "cancel-job"],
    subscription: withAttempts(1, pull({ retries: 0.7, rejects: 0.3 })),
  }),
  "operator: pause a topic, change its retention": small({
    changes: 3,
    kinds: ["pause-topic", "retention"],
    subscription: push(2),
  }),
  "operator: seek, of a consumer that pulls": small({
    changes: 2,
    kinds: ["seek"],
    subscription: pull({ retries: 0.3 }),
  }),
  "operator: seek, ordered and pushed": small({
    changes: 2,
    kinds: ["seek"],
    ordering: "key",
    partitions: 2,
    subscription: push(2, { failsSome: 0.3 }),
  }),
  "outbox: two services write messages, some of which the topic refuses": small({
    publishes: 1,
    ordering: "key",
    partitions: 2,
    services: [aService("o0"), aService("o1")],
    subscription: pull(),
  }),
  "outbox: what waits for the end of a pause is found by the sweep": small({
    publishes: 1,
    changes: 2,
    kinds: ["pause-topic"],
    services: [{ ...aService("o0"), forgetsKey: 0, gapMs: 5_000 }],
    subscription: pull(),
  }),
  "delayed: some are cancelled, of a consumer that pulls": small({
    publishes: 4,
    changes: 2,
    kinds: ["cancel"],
    delayedShare: 0.8,
    bigShare: 0.3,
    subscription: pull(),
  }),
  "delayed: ordered and pushed, of a topic that is paused, or deleted and made anew": small({
    publishes: 4,
    changes: 2,
    kinds: ["pause-topic", "recreate-topic"],
    ordering: "key",
    partitions: 2,
    delayedShare: 0.8,
    subscription: push(2),
  }),
  "dedup: messages and requests that are sent again, some of which are delayed": small({
    publishes: 6,
    delayedShare: 0.3,
    repeatShare: 0.6,
    subscription: pull(),
  }),
  "atomic: messages to two topics, under keys": small({
    publishes: 2,
    atomic: { bigShare: 0.3, repeatShare: 0.2 },
    subscription: pull(),
  }),
  "atomic: ordered and pushed, without keys, some delayed": small({
    publishes: 2,
    ordering: "key",
    partitions: 2,
    delayedShare: 0,
    atomic: { keys: ["a", "b", "c"], keyedShare: 0, delayedShare: 0.3 },
    subscription: push(2),
  }),
  "operator: delete a topic with all of it, and make it anew": small({
    changes: 1,
    kinds: ["recreate-topic"],
    subscription: pull(),
  }),
};
