import type { Finished } from "../../domain/ports/progress-store.js";
import { bornIn } from "../../domain/progress/inner.js";
import { type SubscriptionRef, subscriptionKey } from "../../domain/subscription.js";
import type { Engine } from "../engine.js";

/** So many leases end with one write: more than a cursor keeps. */
const TOGETHER_AT_MOST = 16;

/**
 * Ends a whole lease. One that began in its cursor ends together with others of that cursor that this process is to end
 * at the same time.
 */
export async function finishInCompany(
  { progress, finishes }: Engine,
  subscription: SubscriptionRef,
  leaseId: string,
): Promise<Finished> {
  const partition = bornIn(leaseId);
  if (partition === undefined) return await progress.finish(subscription, leaseId);
  return await finishes.join(finishesKey(subscription, partition), leaseId, {
    count: (waiting) => Math.min(TOGETHER_AT_MOST, waiting.length),
    carryOut: (leaseIds) => endEach(progress, subscription, leaseIds),
  });
}

/** The ends of the leases that began in one cursor. */
export const finishesKey = (subscription: SubscriptionRef, partition: number): string =>
  `${subscriptionKey(subscription)}#${partition}`;

/** Of one lease that is ended twice at once, both are told the same. */
async function endEach(
  progress: Engine["progress"],
  subscription: SubscriptionRef,
  leaseIds: readonly string[],
): Promise<readonly Finished[]> {
  const [first = "", ...others] = new Set(leaseIds);
  const ids = [first, ...others];
  const ended =
    others.length === 0
      ? [await progress.finish(subscription, first)]
      : await progress.finishTogether(subscription, ids);
  const outcomes = new Map(ids.map((id, index) => [id, ended[index] ?? "gone"]));
  return leaseIds.map((id) => outcomes.get(id) ?? "gone");
}
