import { InvalidRequest } from "../../domain/errors.js";
import { laneCount } from "../../domain/lane.js";
import type { SubscriptionSettings } from "../../domain/subscription.js";
import type { Topic } from "../../domain/topic.js";

/**
 * A rate limit needs a single lane, whose pump alone counts.
 * @throws {InvalidRequest} on a pull subscription, or where one lane is not wide enough
 */
export function checkRate(
  topic: Pick<Topic, "ordering">,
  settings: Pick<SubscriptionSettings, "target" | "maxConcurrency" | "rateLimitPerSecond">,
  laneWidth: number,
): void {
  if (settings.rateLimitPerSecond === 0) return;
  if (settings.target.type === "pull") {
    const detail = "is for push subscriptions: consumers of a pull subscription choose their own pace";
    throw new InvalidRequest([{ path: "rateLimitPerSecond", detail }]);
  }
  if (laneCount({ topic, subscription: settings }, laneWidth) === 1) return;
  const detail = `must be at most ${laneWidth} with a rateLimitPerSecond, because one pump paces all deliveries`;
  throw new InvalidRequest([{ path: "maxConcurrency", detail }]);
}
