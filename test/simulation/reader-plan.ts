import type { ReaderPlan } from "./actors/reader.js";
import type { Plan } from "./plan.js";
import type { World } from "./world.js";

/** The same with somebody who looks messages up. */
export const withLookers = (world: World, plan: Plan): Plan => ({
  ...plan,
  topic: { ...plan.topic, lookers: [{ gapMs: world.pick([300, 2_000, 20_000]), looks: 60 }] },
});

/** The same with somebody who goes through lists. */
export const withListers = (world: World, plan: Plan): Plan => ({
  ...plan,
  topic: {
    ...plan.topic,
    listers: [{ gapMs: world.pick([2_000, 20_000]), pageGapMs: world.pick([50, 2_000]), lists: 40 }],
  },
});

/** The same with somebody who reads the topic without a subscription, or two. */
export function withReaders(world: World, plan: Plan): Plan {
  const { topic } = plan;
  const keys = topic.producers.flatMap(({ keys: of }) => of);
  const readers = Array.from({ length: world.between(1, 2) }, (): ReaderPlan => ({
    topic: topic.name,
    from: world.pick(["earliest", "earliest", "latest"]),
    limit: world.pick([1, 3, 100]),
    maxBytes: world.pick([1_000, 1_000_000]),
    ...(keys.length > 0 && world.chance(0.4) ? { key: world.pick(keys) } : {}),
    forgets: world.pick([0, 0, 0.2]),
    leaves: world.pick([0, 0, 0.05]),
  }));
  return { ...plan, topic: { ...topic, readers } };
}
