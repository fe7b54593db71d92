import { SUBSCRIPTION_DEFAULTS } from "../../lib/domain/subscription.js";
import { type FaultRates, everyFault } from "./faults.js";
import type { Plan, SubscriptionPlan } from "./plan.js";
import type { ProducerPlan } from "./actors/producer.js";

const PRODUCERS = 6;
const DAY_MS = 24 * 3_600_000;
/** A publish has half as many on average. */
const BATCH = 100;
const RETENTION_SECONDS = 3_600;
/** Every fault, less often than in a short run: a day has so many more calls. */
const SHARE_OF_RATES = 0.2;
/** How long a publish takes under faults, with its repeats. */
const PUBLISH_MS = 2_000;

const TOPIC = "orders";

const push = (index: number, maxConcurrency: number, maxMessages: number): SubscriptionPlan => ({
  name: `push-${index}`,
  from: "earliest",
  settings: {
    target: { type: "lambda", functionArn: `arn:fn:push-${index}` },
    ackDeadlineSeconds: 20,
    retry: { ...SUBSCRIPTION_DEFAULTS.retry, scheduleSeconds: [20, 60] },
    maxConcurrency,
    batch: { maxMessages, maxBytes: 262_144, windowSeconds: 0 },
  },
  push: { workMs: 400, fails: 0.05, failsSome: 0.01, throttled: 0.02, dawdles: 0.002, maxConcurrency },
  pull: [],
});

const pull = (index: number, consumers: number): SubscriptionPlan => ({
  name: `pull-${index}`,
  from: "earliest",
  settings: { ackDeadlineSeconds: 30 },
  push: undefined,
  pull: Array.from({ length: consumers }, () => ({
    topic: TOPIC,
    subscription: `pull-${index}`,
    maxMessages: 300,
    thinkMs: 500,
    forgets: 0.01,
    late: 0.01,
    twice: 0.02,
    parts: 0,
    retries: 0.01,
    rejects: 0,
    extends: 0.01,
  })),
});

function producer(index: number, messages: number): ProducerPlan {
  const publishes = Math.ceil(messages / PRODUCERS / ((1 + BATCH) / 2));
  return {
    name: `p${index}`,
    topic: TOPIC,
    publishes,
    batch: BATCH,
    keys: [],
    gapMs: Math.max(0, 2 * Math.floor(DAY_MS / publishes) - PUBLISH_MS),
    longGapMs: 0,
    bigShare: 0.002,
    expiringShare: 0,
  };
}

const rates = (): FaultRates => {
  const all = Object.entries(everyFault()).map(([name, rate]) => [name, rate * SHARE_OF_RATES]);
  return Object.fromEntries(all);
};

/** A day of one topic: so many messages from six producers, to three that are pushed to and two that pull. */
export const dayPlan = (messages: number): Plan => ({
  rates: { ...rates(), ttl: 0.5, itemTooLarge: 0 },
  clocksApart: true,
  calm: [],
  failing: [],
  topic: {
    name: TOPIC,
    ordering: "none",
    partitions: 8,
    retentionSeconds: RETENTION_SECONDS,
    producers: Array.from({ length: PRODUCERS }, (_, index) => producer(index, messages)),
    subscriptions: [push(0, 10, 100), push(1, 30, 25), push(2, 40, 100), pull(0, 2), pull(1, 3)],
    changes: 0,
  },
});
