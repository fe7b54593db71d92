import type { Plan } from "./plan.js";
import { STRICT } from "./body-schemas.js";
import type { World } from "./world.js";

/**
 * The same with a topic whose schema some of what its producers send does not fit. While nothing else is changed, an
 * operator changes the schema between two that differ in what they take.
 */
export function withSchema(world: World, plan: Plan): Plan {
  const { topic, calm, atomic: _, ...others } = plan;
  if (topic.services) return plan;
  const producers = topic.producers.map((one) => ({
    ...one,
    isFiltered: false,
    hasSchema: true as const,
    isNamed: one.isNamed ?? world.chance(0.6),
  }));
  const changes = calm.length > 0 ? {} : { kinds: ["schema"] as const, changes: 8 };
  return { ...others, calm, topic: { ...topic, producers, schema: STRICT, ...changes } };
}
