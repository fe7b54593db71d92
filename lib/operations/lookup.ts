import { SubscriptionNotFound, TopicNotFound } from "../domain/errors.js";
import type { Reader } from "../domain/reader.js";
import type { Topic } from "../domain/topic.js";
import type { Engine } from "./engine.js";

/** Shorter than a deleted topic's tombstone stands, so that no publish goes to a life of the topic that is over. */
export const TOPIC_CACHE_MS = 5_000;

/** @throws {TopicNotFound} */
export async function findTopic({ topics, caches, clock }: Engine, name: string): Promise<Topic> {
  const nowMs = clock.nowMs();
  const known = caches.topics.get(name);
  if (known && nowMs - known.atMs < TOPIC_CACHE_MS) return known.value;
  const topic = await topics.get(name);
  if (!topic) {
    caches.topics.delete(name);
    throw new TopicNotFound(name);
  }
  caches.topics.set(name, { value: topic, atMs: nowMs });
  return topic;
}

/**
 * Subscriptions are read anew each time: one that was just changed or deleted is seen as it is. @throws
 * {SubscriptionNotFound}
 */
export async function findSubscription(engine: Engine, topicName: string, name: string): Promise<Reader> {
  const topic = await findTopic(engine, topicName);
  const subscription = await engine.subscriptions.get(topic, name);
  if (!subscription) throw new SubscriptionNotFound(topicName, name);
  return { topic, subscription };
}
