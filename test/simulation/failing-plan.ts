import { SUBSCRIPTION_DEFAULTS } from "../../lib/domain/subscription.js";
import type { ProducerPlan } from "./actors/producer.js";
import type { Plan, SubscriptionPlan, TopicPlan } from "./plan.js";
import type { World } from "./world.js";

/** The producer whose messages fail. */
const PRODUCER = "p0";
const SUBSCRIPTION = "s0";

/** What fails comes again, however often it has failed. */
const WITHOUT_END = { ...SUBSCRIPTION_DEFAULTS.retry, maxAttempts: 1_000 };
/** With ordering what lies behind a failure fails with it, so some have many attempts. */
const SOON_AGAIN = { ...WITHOUT_END, maxBackoffSeconds: 60 };
const EVERY_5_S = { ...WITHOUT_END, scheduleSeconds: [5] };

/** The key whose messages fail, where consumers pull. */
const KEY = "a";
const KEYS = ["a", "b", "c", "d", "e", "f"];

/**
 * A run without faults, of which one subscription fails what one producer sends, again and again. With ordering, what
 * fails holds up its key: pushed, it fails some of what it gets; pulled, all of one key.
 */
export function withFailing(world: World, plan: Plan): Plan {
  const { topic, calm } = plan;
  const [first, ...others] = topic.subscriptions;
  if (first?.name !== SUBSCRIPTION) return plan;
  const sick = { calm: calm.filter((name) => name !== SUBSCRIPTION), failing: [SUBSCRIPTION] };
  if (topic.ordering === "key") {
    if (!first.push) return withSickKey(world, plan, first, others);
    if (world.seed % 4 === 0) return plan;
    const push = { ...first.push, failsSome: 0.4 };
    const ordered = { ...first, settings: { ...first.settings, retry: SOON_AGAIN }, push };
    return { ...plan, ...sick, topic: { ...topic, subscriptions: [ordered, ...others] } };
  }
  return {
    ...plan,
    ...sick,
    topic: {
      ...topic,
      producers: topic.producers.map((producer) => busy(world, producer)),
      subscriptions: [failing(world, topic, first), ...others],
    },
  };
}

/** Consumers that send back each message of one key, at once: what is of other keys goes on beside it. */
function withSickKey(
  world: World,
  plan: Plan,
  first: SubscriptionPlan,
  others: readonly SubscriptionPlan[],
): Plan {
  const { topic, calm } = plan;
  const consumer = first.pull[0];
  if (!consumer) return plan;
  const diligent = { forgets: 0, late: 0, twice: 0, parts: 0.5, retries: 0, rejects: 0, extends: 0 };
  const pull = Array.from({ length: world.between(2, 4) }, () => ({
    ...consumer,
    ...diligent,
    ...{ maxMessages: world.pick([1, 4, 30]), thinkMs: world.pick([300, 2_500]), failsKey: KEY },
  }));
  const settings = { ...first.settings, retry: EVERY_5_S };
  return {
    ...plan,
    ...{ calm: calm.filter((name) => name !== SUBSCRIPTION), failing: [SUBSCRIPTION] },
    topic: {
      ...topic,
      producers: topic.producers.map((producer) => ({ ...producer, keys: KEYS })),
      subscriptions: [{ ...first, settings, pull }, ...others],
    },
  };
}

/** Publishes for long enough that what failed is due again beside it. */
const busy = (world: World, plan: ProducerPlan): ProducerPlan => ({
  ...plan,
  publishes: plan.publishes + 6,
  batch: Math.max(3, plan.batch),
  gapMs: world.pick([400, 5_000]),
  longGapMs: world.between(3_000, 50_000),
});

/** So slow that what is due takes all of its time, if it may. */
function failing(world: World, topic: TopicPlan, plan: SubscriptionPlan): SubscriptionPlan {
  const { name, push, pull } = plan;
  const maxConcurrency = world.pick([1, 2, 3, 5]);
  const thinkMs = world.pick([600, 2_500]);
  const batch = { maxMessages: world.pick([1, 1, 1, 3]), maxBytes: 262_144, windowSeconds: 0 };
  const settings = { ...plan.settings, ackDeadlineSeconds: 5, retry: EVERY_5_S, maxConcurrency, batch };
  const steady = { fails: 0, failsSome: 0, rejects: 0, throttled: 0, dawdles: 0 };
  const diligent = { forgets: 0, late: 0, twice: 0, parts: 0, retries: 0, rejects: 0, extends: 0 };
  return {
    name,
    from: "earliest",
    settings,
    push: push && { ...push, ...steady, maxConcurrency, workMs: thinkMs, failsFrom: PRODUCER },
    pull: pull.map((consumer) => ({
      ...consumer,
      ...diligent,
      topic: topic.name,
      maxMessages: world.pick([1, 1, 4]),
      thinkMs,
      failsFrom: PRODUCER,
    })),
  };
}

/** A run without faults, but that the timers of one subscription fail. Another one has retries. */
export function withDeaf(plan: Plan): Plan {
  const { topic, calm } = plan;
  const [deaf, timely, ...others] = topic.subscriptions;
  // With ordering a retry also waits for what lies before it.
  if (!deaf?.push || !timely?.push || topic.ordering === "key") return plan;
  const failsSome = 0.5;
  return {
    ...plan,
    deaf: deaf.name,
    timely: [timely.name],
    calm: calm.filter((name) => name !== deaf.name && name !== timely.name),
    topic: {
      ...topic,
      subscriptions: [
        { ...deaf, push: { ...deaf.push, failsSome } },
        { ...timely, push: { ...timely.push, failsSome } },
        ...others,
      ],
    },
  };
}
