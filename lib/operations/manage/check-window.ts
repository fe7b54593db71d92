import { InvalidRequest } from "../../domain/errors.js";
import { laneCount } from "../../domain/lane.js";
import type { SubscriptionSettings } from "../../domain/subscription.js";
import type { Topic } from "../../domain/topic.js";

/**
 * What waits in a batch window is in the memory of one pump, under no lease: a second lane would take it.
 * @throws {InvalidRequest} on a pull subscription, or where one lane is not wide enough
 */
export function checkWindow(
  topic: Pick<Topic, "ordering">,
  { target, maxConcurrency, batch }: Pick<SubscriptionSettings, "target" | "maxConcurrency" | "batch">,
  laneWidth: number,
): void {
  if (batch.windowSeconds === 0) return;
  if (target.type === "pull") {
    const detail = "is for push subscriptions: a receive waits for as long as its waitSeconds says";
    throw new InvalidRequest([{ path: "batch.windowSeconds", detail }]);
  }
  if (laneCount({ topic, subscription: { maxConcurrency } }, laneWidth) === 1) return;
  const detail = `must be at most ${laneWidth} with a batch.windowSeconds, because one pump collects all deliveries`;
  throw new InvalidRequest([{ path: "maxConcurrency", detail }]);
}
