import { FILTERS } from "./filters.js";
import type { ChangeKind, Plan, SubscriptionPlan } from "./plan.js";
import type { World } from "./world.js";

const FILTERED_SHARE = 0.8;
const CHANGES = 4;
/** Mostly other filters, beside what may meet them. */
const KINDS: readonly ChangeKind[] = [
  "filter",
  "filter",
  "filter",
  "seek",
  "pause",
  "redrive",
  "attempts",
  "deadline",
  "recreate",
  "recreate-topic",
];
/** No publish is refused by it, and no message comes twice. */
const CALM_KINDS: readonly ChangeKind[] = ["filter"];

/** The same where messages have what filters look at, most subscriptions have a filter, and operators change it. */
export function withFilters(world: World, plan: Plan): Plan {
  const { topic, calm, failing, timely = [] } = plan;
  const subscriptions = topic.subscriptions.map((one) => filtered(world, one));
  const isQuiet = calm.length + failing.length + timely.length > 0;
  return {
    ...plan,
    topic: {
      ...topic,
      producers: topic.producers.map((producer) => ({ ...producer, isFiltered: true })),
      subscriptions,
      ...(isQuiet
        ? calmChanges(world, plan)
        : { changes: CHANGES, kinds: [...KINDS, ...(topic.kinds ?? [])] }),
    },
  };
}

function filtered(world: World, plan: SubscriptionPlan): SubscriptionPlan {
  if (!world.chance(FILTERED_SHARE)) return plan;
  return { ...plan, settings: { ...plan.settings, filter: world.pick(FILTERS) } };
}

/** Some have none: there the bound of what is written holds. */
function calmChanges(world: World, { topic }: Plan): Pick<Plan["topic"], "changes" | "kinds"> {
  if (world.chance(0.4)) return { changes: topic.changes, ...(topic.kinds ? { kinds: topic.kinds } : {}) };
  return { changes: CHANGES, kinds: [...CALM_KINDS, ...(topic.kinds ?? [])] };
}
