import type { ServicePlan } from "./actors/outbox-service.js";
import { areCalm } from "./faults.js";
import type { ChangeKind, Plan } from "./plan.js";
import type { World } from "./world.js";

const CHANGES: readonly ChangeKind[] = ["pause-topic", "retention", "recreate-topic"];

/** In some of the runs services write into the outbox, beside those who publish; nobody consumes. */
export function withOutbox(world: World, plan: Plan): Plan {
  const { topic, rates } = plan;
  const keys = topic.ordering === "key" ? ["a", "b", "c"] : [];
  const services = Array.from({ length: world.between(1, 3) }, (_, index): ServicePlan => ({
    name: `o${index}`,
    topic: topic.name,
    transactions: world.between(5, 60),
    inFlight: world.pick([1, 1, 4, 12]),
    keys: keys.slice(0, world.between(1, 3)),
    gapMs: world.pick([5, 200, 3_000]),
    longGapMs: world.pick([5_000, 90_000, 1_800_000, 4_000_000]),
    rollsBack: world.pick([0, 0.2]),
    forgetsKey: world.pick([0, 0, 0.1]),
    bigShare: world.pick([0, 0.3]),
  }));
  return {
    rates,
    clocksApart: plan.clocksApart,
    calm: [],
    failing: [],
    topic: {
      ...topic,
      producers: topic.producers.slice(0, 1),
      subscriptions: [],
      readers: [],
      services,
      changes: areCalm(rates) ? 0 : world.pick([0, 2, 4]),
      kinds: CHANGES,
    },
  };
}
