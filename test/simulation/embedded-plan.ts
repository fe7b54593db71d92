import type { ConsumerPlan } from "./actors/consumer.js";
import type { ProducerPlan } from "./actors/producer.js";
import type { Plan } from "./plan.js";

/** How many producers of a key each becomes, or how many publishes it has in flight. */
const AT_ONCE = 4;
const GAP_MS = 10;

/** How many pull consumers each becomes. */
const CONSUMERS = 3;
/** So few that there are some for each. */
const FEW_MESSAGES = 3;

/**
 * The same where all producers and pull consumers live in one service: its publishes share slots, its receives share
 * moves of a head, and its leases end together.
 */
export const embedded = (plan: Plan): Plan => ({
  ...plan,
  topic: {
    ...plan.topic,
    producers: plan.topic.producers.flatMap(servedAtOnce),
    subscriptions: plan.topic.subscriptions.map((subscription) => ({
      ...subscription,
      pull: subscription.pull.flatMap(receivedAtOnce),
    })),
  },
});

const receivedAtOnce = (plan: ConsumerPlan): readonly ConsumerPlan[] =>
  Array<ConsumerPlan>(CONSUMERS).fill({
    ...plan,
    isEmbedded: true,
    maxMessages: Math.min(FEW_MESSAGES, plan.maxMessages),
  });

/** Of one producer and key, a publish waits for the one before it: that is what order is promised for. */
function servedAtOnce(plan: ProducerPlan): readonly ProducerPlan[] {
  const embeddedOne = { ...plan, isEmbedded: true, gapMs: Math.min(GAP_MS, plan.gapMs) };
  if (plan.keys.length === 0)
    return [{ ...embeddedOne, publishes: AT_ONCE * plan.publishes, inFlight: AT_ONCE }];
  return Array.from({ length: AT_ONCE }, (_, at) =>
    at === 0 ? embeddedOne : { ...embeddedOne, name: `${plan.name}.${at}` },
  );
}
