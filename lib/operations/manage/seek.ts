import type { StartFrom, Subscription } from "../../domain/subscription.js";
import type { Instance } from "../engine.js";
import { startHeads } from "./starting-places.js";
import { updateSubscription } from "./subscriptions.js";
import { wakeUp } from "../push/wake.js";

/**
 * Moves a subscription to another place of its topic, in all partitions at once: one write of the subscription, which
 * leaves behind whatever of its progress is of an older epoch (docs/decisions/0008-seek-is-one-write.md).
 * @throws {TopicNotFound} {SubscriptionNotFound} {InvalidRequest} {Contended}
 */
export async function seek(
  instance: Instance,
  topicName: string,
  name: string,
  to: StartFrom,
): Promise<Subscription> {
  const { subscription: sought } = await updateSubscription(
    instance,
    topicName,
    name,
    async ({ topic, subscription }) => ({
      ...subscription,
      startHeads: await startHeads(instance, topic, to, "to"),
      epoch: subscription.epoch + 1,
    }),
  );
  await wakeUp(instance, sought);
  return sought;
}
