import type { Plan } from "./plan.js";
import { withLookers } from "./reader-plan.js";
import type { World } from "./world.js";

/** The same with a topic that is traced, and somebody who traces its messages. */
export function withJournal(world: World, plan: Plan): Plan {
  const traced: Plan = { ...plan, topic: { ...plan.topic, trace: "attempts" } };
  return plan.topic.lookers ? traced : withLookers(world, traced);
}
