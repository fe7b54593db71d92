import type { AtomicPlan } from "./actors/atomic-producer.js";
import type { Plan } from "./plan.js";
import type { World } from "./world.js";

/** A second topic, that nobody consumes. */
export const BESIDE_TOPIC = "ledger";
const KINDS = ["pause-topic", "recreate-topic", "retention", "pause-delivery"] as const;

/** A few requests, of which nothing is large, delayed or a repeat. */
export const ATOMIC: AtomicPlan = {
  name: "a",
  topics: ["orders", BESIDE_TOPIC],
  requests: 3,
  batch: 3,
  keys: [],
  gapMs: 300,
  longGapMs: 2_000,
  bigShare: 0,
  delayedShare: 0,
  delaySeconds: 5,
  keyedShare: 1,
  repeatShare: 0,
};

/** The same with producers whose publishes are all or nothing, to one topic or to two. */
export function withAtomic(world: World, plan: Plan): Plan {
  const { topic, calm } = plan;
  const isCalm = calm.length > 0;
  const atomic = Array.from({ length: world.between(1, 3) }, (_, index): AtomicPlan => ({
    name: `a${index}`,
    topics: world.pick([[topic.name], [topic.name, BESIDE_TOPIC], [topic.name, BESIDE_TOPIC]]),
    requests: world.between(3, 14),
    batch: world.pick([2, 5, 12]),
    keys: topic.ordering === "key" ? ["a", "b", "c", "d"].slice(0, world.between(1, 4)) : [],
    gapMs: world.pick([20, 400, 5_000]),
    longGapMs: world.pick([3_000, 1_850_000, 3_500_000, 4_000_000]),
    bigShare: world.pick([0, 0.3]),
    delayedShare: world.pick([0, 0, 0.3]),
    delaySeconds: world.pick([2, 30]),
    keyedShare: world.pick([0, 0.5, 1]),
    repeatShare: world.pick([0, 0, 0.2]),
  }));
  const changes =
    topic.changes === 0 || isCalm
      ? {}
      : { kinds: [...(topic.kinds ?? []), ...KINDS], changes: topic.changes + 1 };
  return {
    ...plan,
    ...(atomic.some(({ delayedShare }) => delayedShare > 0) ? { hasDelays: true as const } : {}),
    hasDedup: true,
    atomic,
    topic: { ...topic, producers: topic.producers.slice(0, 2), ...changes },
  };
}
