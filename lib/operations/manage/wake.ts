import { InvalidRequest } from "../../domain/errors.js";
import type { Subscription } from "../../domain/subscription.js";
import type { Engine } from "../engine.js";
import { laneRef } from "../push/start-pumps.js";
import { enabled, updateSubscription } from "./subscriptions.js";

/**
 * Has a subscription that sleeps try its target now. If that fails, it sleeps on. One that is disabled is enabled. One
 * that is awake looks for something to deliver, which does no harm.
 * @throws {TopicNotFound} {SubscriptionNotFound} {Conflict} {InvalidRequest} for one that nothing is pushed to
 */
export async function wake(engine: Engine, topicName: string, name: string): Promise<Subscription> {
  const { subscription } = await updateSubscription(
    engine,
    topicName,
    name,
    async ({ subscription: found }) => {
      if (found.target.type === "pull") {
        const detail = "is pulled by its consumers: only a push subscription can be woken";
        throw new InvalidRequest([{ path: "subscription", detail }]);
      }
      return found.disabled ? { subscription: enabled(found) } : undefined;
    },
  );
  await engine.starter.startPump({ ...laneRef(subscription), hints: { probes: true } });
  return subscription;
}
