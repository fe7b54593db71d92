import type { Plan } from "./plan.js";
import type { World } from "./world.js";

/** The same with producers that give most of what they publish a dedupId, and publish some of it again, also each other's. */
export function withDedup(world: World, plan: Plan): Plan {
  const { topic } = plan;
  const producers = topic.producers.map((one) => ({ ...one, repeatShare: world.pick([0.2, 0.5]) }));
  return {
    ...plan,
    hasDedup: true,
    topic: { ...topic, producers, dedupWindowSeconds: world.pick([5, 60, 900]) },
  };
}
