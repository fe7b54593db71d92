import { HTTPS_DEFAULTS, type HttpsTarget } from "../../lib/domain/subscription.js";
import { NO_FAULTS, areCalm } from "./faults.js";
import type { ChangeKind, Plan, SubscriptionPlan } from "./plan.js";
import type { World } from "./world.js";

const MINUTE_MS = 60_000;
const ONE_IN = 12;
/** Of these, with nothing else going wrong. */
const CALM = 0.6;
/** Of the answers of a target that now and then takes something, or is throttled. */
const LAPSES = 0.15;

/**
 * In some of the runs the targets are webhooks that say that they are gone: for good, for less than it takes to be
 * disabled, or now and then something else. Beside that their secrets are rotated.
 */
export function withGone(world: World, whole: Plan): Plan {
  const pushed = whole.topic.subscriptions.flatMap(({ name, push }) => (push ? [name] : []));
  if (world.seed % ONE_IN !== 10 || pushed.length === 0) return whole;
  const { deaf: _, timely: _others, rated: _limited, ...plan } = whole;
  const rates = world.chance(CALM) ? NO_FAULTS : plan.rates;
  const subscriptions = plan.topic.subscriptions.map((one) => goneFor(world, one));
  // What waits has to outlive it.
  const topic = { ...plan.topic, retentionSeconds: 86_400, subscriptions, changes: 3, kinds: ROTATE };
  return {
    ...plan,
    rates,
    clocksApart: plan.clocksApart && !areCalm(rates),
    calm: [],
    failing: [],
    ...(areCalm(rates) ? { gone: pushed } : {}),
    lasts: true,
    topic,
  };
}

const ROTATE: readonly ChangeKind[] = ["rotate"];

function goneFor(world: World, plan: SubscriptionPlan): SubscriptionPlan {
  const { name, settings, push } = plan;
  if (!push) return plan;
  const untilMs = world.pick([40, 150, 150, 150]) * MINUTE_MS;
  const outage = { fromMs: 0, untilMs, reason: "gone", lapses: world.pick([0, LAPSES]) } as const;
  return {
    ...plan,
    settings: { ...settings, target: targetOf(name) },
    push: { ...push, throttled: 0, outage },
  };
}

/** Its time-out is no more than the shortest deadline. */
const targetOf = (name: string): HttpsTarget => ({
  ...HTTPS_DEFAULTS,
  type: "https",
  url: `https://${name}.example.com/`,
  connectTimeoutSeconds: 5,
  timeoutSeconds: 5,
});
