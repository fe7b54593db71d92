import { STRICT } from "./body-schemas.js";
import { withDelays } from "./delay-plan.js";
import { areCalm } from "./faults.js";
import { withOutbox } from "./outbox-plan.js";
import type { Plan } from "./plan.js";
import type { World } from "./world.js";

const CLASS = 28;
const CHANGES = 8;

/**
 * The same with a topic whose schema some of what its producers send does not fit. While nothing else is changed, an
 * operator changes the schema between two that differ in what they take: of a third of them also while messages wait
 * for the time when they are due, of a third while services write into the outbox.
 */
export function withSchema(world: World, plan: Plan): Plan {
  if (plan.topic.services) return plan;
  const kind = Math.floor(world.seed / CLASS) % 3;
  // A topic with services has no dedupIds.
  if (kind === 1 && !plan.hasDedup) return withUnfitServices(world, plan);
  const whole = withUnfitProducers(world, plan);
  return kind === 2 ? withUnfitDelays(world, whole) : whole;
}

export function withUnfitProducers(world: World, plan: Plan): Plan {
  const { topic, calm, atomic: _, ...others } = plan;
  const producers = topic.producers.map((one) => ({
    ...one,
    isFiltered: false,
    hasSchema: true as const,
    isNamed: one.isNamed ?? world.chance(0.6),
  }));
  const changes = calm.length > 0 ? {} : { kinds: ["schema"] as const, changes: CHANGES };
  return { ...others, calm, topic: { ...topic, producers, schema: STRICT, ...changes } };
}

/** What waits was taken when it came: it is published, whatever the schema is by then. */
function withUnfitDelays(world: World, plan: Plan): Plan {
  const { topic, calm, ...others } = withDelays(world, plan);
  const changes = calm.length > 0 ? {} : { kinds: ["schema", "schema", "cancel"] as const, changes: CHANGES };
  return { ...others, calm, topic: { ...topic, ...changes } };
}

/** What comes by the outbox is checked as it is moved: some of it is put aside. */
function withUnfitServices(world: World, plan: Plan): Plan {
  const { topic, rates, ...others } = withOutbox(world, withUnfitProducers(world, plan));
  const services = (topic.services ?? []).map((one) => ({ ...one, hasSchema: true as const }));
  const changes = areCalm(rates) ? {} : { kinds: ["schema"] as const, changes: CHANGES };
  return { ...others, rates, topic: { ...topic, services, ...changes } };
}
