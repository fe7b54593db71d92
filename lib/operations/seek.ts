import type { StartFrom, Subscription } from "../domain/subscription.js";
import type { FoundSubscription } from "./find.js";
import type { Instance } from "./instance.js";
import { startHeads } from "./start-heads.js";
import { updateSubscription } from "./subscriptions.js";
import { isPushable, startIdlePumps } from "./wake.js";

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
  const sought = await updateSubscription(instance, topicName, name, async ({ topic, subscription }) => ({
    ...subscription,
    startHeads: await startHeads(instance, topic, to, "to"),
    epoch: subscription.epoch + 1,
  }));
  await wake(instance, sought);
  return sought.subscription;
}

/** The seek is done, whether the pumps start or not: where they do not, the sweep makes up for it. */
async function wake(instance: Instance, { topic, subscription }: FoundSubscription): Promise<void> {
  if (!isPushable(topic, subscription)) return;
  try {
    await startIdlePumps(instance, subscription);
  } catch (error) {
    const fields = { topic: topic.name, subscription: subscription.name, error: String(error) };
    instance.telemetry.event("wake-up-failed", "warn", fields);
  }
}
