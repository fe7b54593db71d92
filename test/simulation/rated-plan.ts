import { SUBSCRIPTION_DEFAULTS } from "../../lib/domain/subscription.js";
import { NO_FAULTS } from "./faults.js";
import type { ProducerPlan } from "./actors/producer.js";
import type { Plan, SubscriptionPlan } from "./plan.js";
import type { World } from "./world.js";

const AT_ONCE = 5;
const AFTER_2_S = { ...SUBSCRIPTION_DEFAULTS.retry, scheduleSeconds: [2] };

/**
 * A run without faults, of which one pushed subscription has a rate limit and fails some of what it gets, so that
 * retries and new messages share the rate.
 */
export function withRate(world: World, plan: Plan): Plan {
  const { topic } = plan;
  const rated = topic.subscriptions.find(({ push }) => push);
  if (!rated) return plan;
  const limited = withLimit(world, rated);
  return {
    ...plan,
    rates: NO_FAULTS,
    clocksApart: false,
    rated: [rated.name],
    calm: [],
    failing: [],
    topic: {
      ...topic,
      changes: 0,
      producers: topic.producers.map((producer) => lone(producer)),
      subscriptions: topic.subscriptions.map((one) => (one === rated ? limited : one)),
    },
  };
}

/** One at a time, so that a pump often ends between two messages of one second. */
const lone = (plan: ProducerPlan): ProducerPlan => ({ ...plan, publishes: 12, batch: 1, gapMs: 400 });

function withLimit(world: World, { push, ...plan }: SubscriptionPlan): SubscriptionPlan {
  const maxConcurrency = AT_ONCE;
  const rateLimitPerSecond = world.pick([1, 1, 3, 20]);
  const troubles = { fails: 0, failsSome: 0.4, throttled: 0, dawdles: 0 };
  return {
    ...plan,
    settings: { ...plan.settings, retry: AFTER_2_S, maxConcurrency, rateLimitPerSecond },
    push: push && { ...push, maxConcurrency, workMs: world.pick([5, 200]), ...troubles },
  };
}
