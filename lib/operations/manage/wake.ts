import { InvalidRequest } from "../../domain/errors.js";
import type { Subscription } from "../../domain/subscription.js";
import type { Engine } from "../engine.js";
import { findSubscription } from "../lookup.js";
import { laneRef } from "../push/start-pumps.js";

/**
 * Has a subscription that sleeps try its target now. If that fails, it sleeps on. One that is awake looks for something
 * to deliver, which does no harm.
 * @throws {TopicNotFound} {SubscriptionNotFound} {InvalidRequest} for one that nothing is pushed to
 */
export async function wake(engine: Engine, topicName: string, name: string): Promise<Subscription> {
  const { subscription } = await findSubscription(engine, topicName, name);
  if (subscription.target.type === "pull") {
    const detail = "is pulled by its consumers: only a push subscription can be woken";
    throw new InvalidRequest([{ path: "subscription", detail }]);
  }
  await engine.starter.startPump({ ...laneRef(subscription), hints: { probes: true } });
  return subscription;
}
