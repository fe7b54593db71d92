import { SubscriptionNotFound, TopicNotFound } from "../domain/errors.js";
import type { Reader } from "../domain/reader.js";
import type { Topic } from "../domain/topic.js";
import type { Engine } from "./engine.js";

/**
 * How old what a process knows of a topic may be. A change is heard of within 5 s: within these 2 s, and the request
 * that has looked the topic up just before ends. Pumps and long polls look anew by themselves, as often as they must.
 */
export const TOPIC_CACHE_MS = 2_000;

/** A topic as it was `maxAgeMs` ago, or later. @throws {TopicNotFound} */
export async function findTopic(
  { topics, caches, clock }: Engine,
  name: string,
  maxAgeMs = TOPIC_CACHE_MS,
): Promise<Topic> {
  const nowMs = clock.nowMs();
  const known = caches.topics.get(name);
  // A clock that was set back would make what is known look fresh for as long.
  if (known && nowMs >= known.atMs && nowMs - known.atMs < maxAgeMs) return known.value;
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
export async function findSubscription(
  engine: Engine,
  topicName: string,
  name: string,
  topicAgeMs = TOPIC_CACHE_MS,
): Promise<Reader> {
  const topic = await findTopic(engine, topicName, topicAgeMs);
  const subscription = await engine.subscriptions.get(topic, name);
  if (!subscription) throw new SubscriptionNotFound(topicName, name);
  return { topic, subscription };
}
