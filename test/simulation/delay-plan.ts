import type { Plan } from "./plan.js";
import type { World } from "./world.js";

/** The same with producers that delay much of what they publish, and an operator who mostly cancels. */
export function withDelays(world: World, plan: Plan): Plan {
  const { topic, calm } = plan;
  // A publish to a topic that is paused or gone is refused.
  const withTopics = ["cancel", "cancel", "pause-topic", "recreate-topic", "retention"] as const;
  const inCalm = ["cancel", ...(topic.kinds ?? [])] as const;
  const producers = topic.producers.map((one) => ({
    ...one,
    delayedShare: world.pick([0.3, 0.9]),
    delaySeconds: world.pick([2, 30, 150]),
  }));
  return {
    ...plan,
    hasDelays: true,
    topic: {
      ...topic,
      producers,
      changes: topic.changes + world.pick([0, 2, 4]),
      kinds: topic.changes === 0 || calm.length > 0 ? inCalm : withTopics,
    },
  };
}
