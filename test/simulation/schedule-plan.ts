import type { SchedulerPlan } from "./schedule-times.js";
import type { Plan } from "./plan.js";
import { withUnfitProducers } from "./schema-plan.js";
import type { World } from "./world.js";

/** The same with somebody who makes schedules, changes, pauses, runs and deletes them, and clocks that are out. */
export function withSchedules(world: World, plan: Plan): Plan {
  const { topic, calm, failing } = plan;
  const isCalm = calm.length > 0 || failing.length > 0;
  const schedules: SchedulerPlan = {
    names: ["s0", "s1", "s2"].slice(0, world.between(1, 3)),
    steps: world.between(6, 18),
    gapMs: world.pick([5_000, 60_000, 100_000]),
    outages: isCalm ? 0 : world.pick([0, 0.1, 0.3]),
    key: topic.ordering === "key" ? "a" : undefined,
  };
  const kinds = ["pause-topic", "recreate-topic"] as const;
  const changes =
    topic.changes === 0 || isCalm
      ? {}
      : { kinds: [...(topic.kinds ?? []), ...kinds], changes: topic.changes + 1 };
  return { ...plan, schedules, topic: { ...topic, ...changes } };
}

/** The same of a topic whose schema is changed, so that what was taken may fit no more as it runs. */
export function withUnfitRuns(world: World, plan: Plan): Plan {
  if (!plan.schedules) return plan;
  const schedules = { ...plan.schedules, steps: 18, gapMs: 100_000, outages: 0, hasSchema: true as const };
  return withUnfitProducers(world, { ...plan, schedules });
}
