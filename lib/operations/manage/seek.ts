import type { StartFrom, Subscription } from "../../domain/subscription.js";
import type { Engine } from "../engine.js";
import { startingPlaces } from "../log/starting-places.js";
import { letGoOfHeld } from "./let-go-of-held.js";
import { updateSubscription } from "./subscriptions.js";
import { wakeUp } from "../push/start-pumps.js";

/**
 * Moves a subscription to another place in its topic, in all partitions at once. This is one write of the subscription;
 * it voids all progress of older epochs (docs/decisions/0008-seek-is-one-write.md).
 * @throws {TopicNotFound} {SubscriptionNotFound} {InvalidRequest} {Conflict}
 */
export async function seek(
  engine: Engine,
  topicName: string,
  name: string,
  to: StartFrom,
): Promise<Subscription> {
  const reader = await updateSubscription(engine, topicName, name, async ({ topic, subscription }) => ({
    subscription: {
      ...subscription,
      startingPlaces: await startingPlaces(engine, topic, to, { path: "to" }),
      epoch: subscription.epoch + 1,
    },
  }));
  await letGoOfHeld(engine, reader);
  await wakeUp(engine, reader.subscription);
  return reader.subscription;
}
