import { LANE_WIDTH } from "./lane-width.js";
import type { Plan, SubscriptionPlan } from "./plan.js";
import type { World } from "./world.js";

/** Of those that publish on, each waits this long: what comes within a window comes in several slots. */
const GAPS_MS = [400, 2_000];

/** The same, but most pushed subscriptions collect messages for a while; some have room for few, or for few bytes. */
export function withWindows(world: World, plan: Plan): Plan {
  if (plan.rated) return plan;
  const { topic } = plan;
  return {
    ...plan,
    topic: {
      ...topic,
      producers: topic.producers.map((producer) => ({ ...producer, gapMs: world.pick(GAPS_MS) })),
      subscriptions: topic.subscriptions.map((one) => (one.push ? collecting(world, one) : one)),
    },
  };
}

function collecting(world: World, { settings, push, ...plan }: SubscriptionPlan): SubscriptionPlan {
  const windowSeconds = world.pick([0, 1, 5, 12, 30]);
  const batch = {
    maxMessages: world.pick([3, 10, 100]),
    maxBytes: world.pick([262_144, 262_144, 4_096]),
    windowSeconds,
  };
  const maxConcurrency = Math.min(LANE_WIDTH, settings.maxConcurrency ?? LANE_WIDTH);
  return {
    ...plan,
    settings: { ...settings, batch, maxConcurrency },
    push: push && { ...push, maxConcurrency },
  };
}
