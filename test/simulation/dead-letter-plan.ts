import { SUBSCRIPTION_DEFAULTS } from "../../lib/domain/subscription.js";
import type { ChangeKind, Plan, SubscriptionPlan, TopicPlan } from "./plan.js";
import type { World } from "./world.js";

const FAILS = 0.4;
/** Of what a function fails, and of what a consumer gets. */
const REJECTS = { push: 0.3, pull: 0.1 };
const CHANGES = 12;
/** So short that now and then a hold ends by itself. */
const HELD_SECONDS = 3_600;
/** Mostly that what has died is sent again, beside what may meet it. */
const KINDS: readonly ChangeKind[] = [
  ...(["redrive", "redrive", "job", "job", "job"] as const),
  ...(["cancel-job", "attempts", "seek", "pause"] as const),
];

/** Mostly that an operator has the last word on what has not ended. */
const SETTLES: readonly ChangeKind[] = ["settle", "settle", "settle", "settle", "redrive", "pause"];
const SETTLED_ATTEMPTS = [2, 16];

/** The same where much fails, and an operator settles messages wherever they are. */
export function withOperator(world: World, plan: Plan): Plan {
  const { topic, calm, failing, timely = [] } = plan;
  if (calm.length + failing.length + timely.length > 0) return plan;
  const subscriptions = topic.subscriptions.map((one) =>
    holding(world, topic, failingSoon(world, one, SETTLED_ATTEMPTS)),
  );
  return { ...plan, topic: { ...topic, subscriptions, changes: CHANGES, kinds: SETTLES } };
}

/**
 * The same where messages soon have no attempt left, and an operator sends them again. Not where nothing goes wrong:
 * there a message comes once.
 */
export function withDeadLetters(world: World, plan: Plan): Plan {
  const { topic, calm, failing, timely = [] } = plan;
  if (calm.length + failing.length + timely.length > 0) return plan;
  const subscriptions = topic.subscriptions.map((one) => holding(world, topic, failingSoon(world, one)));
  return { ...plan, topic: { ...topic, subscriptions, changes: CHANGES, kinds: KINDS } };
}

/** With ordering, half of the runs have a dead letter hold its key. It takes nothing from the seed's chances. */
function holding({ seed }: World, { ordering }: TopicPlan, plan: SubscriptionPlan): SubscriptionPlan {
  if (ordering !== "key" || Math.floor(seed / 7) % 2 === 1) return plan;
  const deadLetter = { retentionSeconds: HELD_SECONDS, onDeadLetter: "hold" } as const;
  return { ...plan, settings: { ...plan.settings, deadLetter } };
}

function failingSoon(
  world: World,
  plan: SubscriptionPlan,
  attempts: readonly number[] = [1, 1, 2],
): SubscriptionPlan {
  const { settings, push, pull } = plan;
  const maxAttempts = world.pick(attempts);
  return {
    ...plan,
    settings: { ...settings, retry: { ...SUBSCRIPTION_DEFAULTS.retry, ...settings.retry, maxAttempts } },
    push: push && { ...push, failsSome: FAILS, rejects: REJECTS.push },
    pull: pull.map((consumer) => ({ ...consumer, retries: FAILS, rejects: REJECTS.pull })),
  };
}
