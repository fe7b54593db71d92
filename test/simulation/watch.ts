import { type Deployment, PARKED_AT_MOST } from "./deployment.js";
import { areCalm } from "./faults.js";
import type { Plan } from "./plan.js";

/** Tells the checkers what to look at in a run of this plan. */
export function watch(deployment: Deployment, plan: Plan, hasCrash: boolean): void {
  const { monitor, world } = deployment;
  monitor.deliveries.calm = new Set(plan.calm);
  // With ordering new messages wait behind what failed.
  monitor.fairness.looksAt = new Set(plan.topic.ordering === "none" ? plan.failing : []);
  const isOrdered = plan.topic.ordering === "key";
  monitor.keys.looksAt = new Set(isOrdered ? [...plan.calm, ...plan.failing] : []);
  monitor.keys.parkedAtMost = PARKED_AT_MOST;
  monitor.breakers.looksAt = new Set(plan.out ?? []);
  monitor.gone.looksAt = new Set(plan.gone ?? []);
  monitor.retries.looksAt = new Set([...plan.failing, ...(plan.timely ?? [])]);
  monitor.retries.poison.looksAt = plan.poisoned;
  monitor.rates.looksAt = new Set(plan.rated);
  monitor.handlers.areClocksApart = plan.clocksApart || plan.rates.clockStep > 0;
  monitor.deliveries.windows.isOff = monitor.handlers.areClocksApart || plan.decodedBytes !== undefined;
  monitor.places.filters.isCalm = areCalm(plan.rates);
  monitor.readings.isCalm = areCalm(plan.rates);
  monitor.schedules.isCalm = areCalm(plan.rates) && !hasCrash && plan.schedules?.outages === 0;
  monitor.places.filters.areClocksApart = monitor.handlers.areClocksApart;
  if (plan.clocksApart) world.count("clocks-apart");
  if (plan.clocksApart) monitor.deliveries.excusePumps(Infinity);
  monitor.dedup.isOn = plan.hasDedup ?? false;
  monitor.journals.isOn = plan.topic.trace !== undefined;
  monitor.journals.isCalm = areCalm(plan.rates) && plan.topic.changes === 0 && !plan.clocksApart && !hasCrash;
  monitor.schemas.isOn = plan.topic.schema !== undefined;
  deployment.outbox.hasSchema = monitor.schemas.isOn;
}
