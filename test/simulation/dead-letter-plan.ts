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
/** Where that changes whether keys hold. */
const HOLD_KINDS: readonly ChangeKind[] = ["hold", "hold", "hold"];

/** The same where much fails, and an operator settles messages wherever they are. */
export const withOperator = (world: World, plan: Plan): Plan =>
  withDying(world, plan, SETTLES, SETTLED_ATTEMPTS);

/**
 * The same where messages soon have no attempt left, and an operator sends them again. Not where nothing goes wrong:
 * there a message comes once.
 */
export const withDeadLetters = (world: World, plan: Plan): Plan => withDying(world, plan, KINDS, [1, 1, 2]);

function withDying(
  world: World,
  plan: Plan,
  kinds: readonly ChangeKind[],
  attempts: readonly number[],
): Plan {
  const { topic, calm, failing, timely = [] } = plan;
  if (calm.length + failing.length + timely.length > 0) return plan;
  const holds = holdsOf(world, topic);
  const subscriptions = topic.subscriptions.map((one) => holding(holds, failingSoon(world, one, attempts)));
  const isChanged = holds === "now and then" || holds === "not at last";
  const all = isChanged ? [...kinds, ...HOLD_KINDS] : kinds;
  return { ...plan, topic: { ...topic, subscriptions, changes: CHANGES, kinds: all } };
}

/**
 * With ordering, most runs have a dead letter hold its key; in half of them all, an operator changes that. It takes
 * nothing from the seed's chances.
 */
function holdsOf(
  { seed }: World,
  { ordering }: TopicPlan,
): "never" | "always" | "now and then" | "not at last" {
  const turn = Math.floor(seed / 7);
  if (ordering !== "key" || turn % 4 === 1) return "never";
  if (turn % 4 === 2) return "always";
  return turn % 8 < 4 ? "now and then" : "not at last";
}

function holding(holds: ReturnType<typeof holdsOf>, plan: SubscriptionPlan): SubscriptionPlan {
  if (holds === "never") return plan;
  const onDeadLetter = holds === "not at last" ? "release" : "hold";
  const deadLetter = { retentionSeconds: HELD_SECONDS, onDeadLetter } as const;
  return { ...plan, settings: { ...plan.settings, deadLetter } };
}

function failingSoon(world: World, plan: SubscriptionPlan, attempts: readonly number[]): SubscriptionPlan {
  const { settings, push, pull } = plan;
  const maxAttempts = world.pick(attempts);
  return {
    ...plan,
    settings: { ...settings, retry: { ...SUBSCRIPTION_DEFAULTS.retry, ...settings.retry, maxAttempts } },
    push: push && { ...push, failsSome: FAILS, rejects: REJECTS.push },
    pull: pull.map((consumer) => ({ ...consumer, retries: FAILS, rejects: REJECTS.pull })),
  };
}
