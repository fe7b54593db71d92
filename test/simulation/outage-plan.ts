import { BREAKER_REASONS } from "../../lib/domain/breaker.js";
import { areCalm } from "./faults.js";
import type { Plan } from "./plan.js";
import type { World } from "./world.js";

const ONE_IN = 6;
const MINUTE_MS = 60_000;

/** In some of the runs the targets are out for a while: they take nothing. */
export function withOutages(world: World, plan: Plan): Plan {
  if (world.seed % ONE_IN !== 5 || plan.failing.length > 0 || plan.deaf !== undefined) return plan;
  const { topic } = plan;
  const isCalm = areCalm(plan.rates);
  const pushed = topic.subscriptions.flatMap(({ name, push }) => (push ? [name] : []));
  const subscriptions = topic.subscriptions.map((one) => {
    if (!one.push) return one;
    const fromMs = world.pick([0, 0, 3_000]);
    const untilMs = fromMs + world.pick([2_000, 5 * MINUTE_MS, 120 * MINUTE_MS]);
    const outage = { fromMs, untilMs, reason: world.pick(BREAKER_REASONS) };
    return { ...one, push: { ...one.push, throttled: 0, outage } };
  });
  const calm = plan.calm.filter((name) => !pushed.includes(name));
  return { ...plan, calm, ...(isCalm ? { out: pushed } : {}), topic: { ...topic, subscriptions } };
}
