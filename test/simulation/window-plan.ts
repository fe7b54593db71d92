import { NO_FAULTS } from "./faults.js";
import { LANE_WIDTH } from "./lane-width.js";
import type { ProducerPlan } from "./actors/producer.js";
import type { ChangeKind, Plan, SubscriptionPlan, TopicPlan } from "./plan.js";
import type { World } from "./world.js";

/** Where nothing goes wrong, whatever is late is late for no reason. */
const CALM_SHARE = 0.6;
/** Of those that publish on, each waits this long: what comes within a window comes in several slots. */
const GAPS_MS = [400, 2_000];
const CHANGES = 5;
const WINDOWS: readonly ChangeKind[] = ["window", "window"];
const BESIDE: readonly ChangeKind[] = ["pause", "seek", "deadline"];
const NO_TROUBLES = { fails: 0, failsSome: 0, rejects: 0, throttled: 0, dawdles: 0 };

/** The same, but most pushed subscriptions collect messages for a while; some have room for few, or for few bytes. */
export function withWindows(world: World, whole: Plan): Plan {
  if (whole.rated) return whole;
  const isCalm = world.chance(CALM_SHARE) && !whole.out && !whole.gone && !whole.deaf && !whole.timely;
  const plan = isCalm ? calmed(whole) : whole;
  const { topic } = plan;
  return {
    ...plan,
    topic: {
      ...topic,
      ...changesOf(world, plan),
      producers: topic.producers.map((producer) => slowly(world, producer, isCalm)),
      subscriptions: topic.subscriptions.map((one) => (one.push ? collecting(world, one) : one)),
    },
  };
}

/** In a third of these runs an operator changes the windows. It takes nothing from the seed's chances. */
function changesOf({ seed }: World, plan: Plan): Partial<TopicPlan> {
  const { topic, calm, failing, timely = [] } = plan;
  if (topic.subscriptions.length === 0 || failing.length + timely.length > 0) return {};
  if (Math.floor(seed / 9) % 3 !== 2) return {};
  const { kinds = BESIDE } = topic;
  return {
    changes: Math.max(CHANGES, topic.changes),
    kinds: calm.length > 0 ? WINDOWS : [...kinds, ...WINDOWS],
  };
}

function calmed(plan: Plan): Plan {
  const { topic } = plan;
  const subscriptions = topic.subscriptions.map(({ push, ...one }) => ({
    ...one,
    push: push && { workMs: push.workMs, maxConcurrency: push.maxConcurrency, ...NO_TROUBLES },
  }));
  return {
    ...plan,
    rates: NO_FAULTS,
    clocksApart: false,
    calm: subscriptions.flatMap(({ name, push }) => (push ? [name] : [])),
    failing: [],
    topic: { ...topic, subscriptions, changes: 0 },
  };
}

const slowly = (world: World, plan: ProducerPlan, isCalm: boolean): ProducerPlan => ({
  ...plan,
  gapMs: world.pick(GAPS_MS),
  ...(isCalm ? { publishes: 12, batch: 1 } : {}),
});

function collecting(world: World, { settings, push, ...plan }: SubscriptionPlan): SubscriptionPlan {
  const windowSeconds = world.pick([0, 1, 5, 12, 30]);
  const maxBytes = world.pick([262_144, 262_144, 4_096]);
  const maxConcurrency = Math.min(LANE_WIDTH, settings.maxConcurrency ?? LANE_WIDTH);
  return {
    ...plan,
    settings: {
      ...settings,
      batch: { maxMessages: world.pick([3, 10, 100]), maxBytes, windowSeconds },
      maxConcurrency,
    },
    push: push && { ...push, maxConcurrency },
  };
}
