import type { Plan } from "./plan.js";
import type { World } from "./world.js";

const KINDS = ["recreate-topic", "pause-topic", "retention"] as const;

/** The same with producers that give most messages a dedupId, and publish some of them again, also each other's. */
export function withDedup(world: World, plan: Plan): Plan {
  const { topic, calm } = plan;
  const producers = topic.producers.map((one) => ({
    ...one,
    repeatShare: world.pick([0.2, 0.5]),
    isNamed: world.chance(0.5),
  }));
  // A topic of the same name must know nothing of an earlier one's ids.
  const changes =
    topic.changes === 0 || calm.length > 0 ? {} : { kinds: topic.kinds ?? KINDS, changes: topic.changes + 1 };
  return {
    ...plan,
    hasDedup: true,
    topic: { ...topic, producers, dedupWindowSeconds: world.pick([5, 60, 900, 3_600]), ...changes },
  };
}
