import type { ProducerPlan } from "./actors/producer.js";
import type { Plan, SubscriptionPlan } from "./plan.js";

/** Room for two large messages, however many may be delivered at once. */
const DECODED_BYTES = 8_000;
/** A delivery has one large message, or some small ones. */
const BATCH_BYTES = 1_000;
const AT_ONCE = 16;
const SLOW_MS = 2_500;

/** The same where memory is so tight that it bounds what is read ahead, and delivered at once. */
export const tight = (plan: Plan): Plan => ({
  ...plan,
  decodedBytes: DECODED_BYTES,
  topic: {
    ...plan.topic,
    producers: plan.topic.producers.map(large),
    subscriptions: plan.topic.subscriptions.map(wide),
  },
});

/** Many large messages at once, and few to a slot: one slot more than there is room for is not much. */
const large = (plan: ProducerPlan): ProducerPlan => ({
  ...plan,
  publishes: 2 * plan.publishes,
  batch: Math.min(2, plan.batch),
  gapMs: Math.min(100, plan.gapMs),
  bigShare: 0.5,
});

function wide(plan: SubscriptionPlan): SubscriptionPlan {
  const { settings, push } = plan;
  const { maxMessages = 10 } = settings.batch ?? {};
  const maxConcurrency = Math.max(AT_ONCE, settings.maxConcurrency ?? AT_ONCE);
  return {
    ...plan,
    settings: {
      ...settings,
      maxConcurrency,
      batch: { maxMessages, maxBytes: BATCH_BYTES, windowSeconds: 0 },
    },
    push: push && { ...push, maxConcurrency, workMs: SLOW_MS },
  };
}
