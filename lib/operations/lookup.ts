import { SubscriptionNotFound, TopicNotFound } from "../domain/errors.js";
import type { Subscription } from "../domain/subscription.js";
import type { Topic } from "../domain/topic.js";
import type { Instance } from "./engine.js";

/** Shorter than a deleted topic's tombstone stands, so that no publish goes to a life of the topic that is over. */
export const TOPIC_CACHE_MS = 5_000;

/** @throws {TopicNotFound} */
export async function findTopic({ topics, local, clock }: Instance, name: string): Promise<Topic> {
  const nowMs = clock.nowMs();
  const known = local.topics.get(name);
  if (known && nowMs - known.atMs < TOPIC_CACHE_MS) return known.value;
  const topic = await topics.get(name);
  if (!topic) {
    local.topics.delete(name);
    throw new TopicNotFound(name);
  }
  local.topics.set(name, { value: topic, atMs: nowMs });
  return topic;
}

export interface FoundSubscription {
  readonly topic: Topic;
  readonly subscription: Subscription;
}

/**
 * Subscriptions are read anew each time: one that was just changed or deleted is seen as it is. @throws
 * {SubscriptionNotFound}
 */
export async function findSubscription(
  instance: Instance,
  topicName: string,
  name: string,
): Promise<FoundSubscription> {
  const topic = await findTopic(instance, topicName);
  const subscription = await instance.subscriptions.get(topic, name);
  if (!subscription) throw new SubscriptionNotFound(topicName, name);
  return { topic, subscription };
}
