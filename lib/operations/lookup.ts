import { SubscriptionNotFound, TopicNotFound } from "../domain/errors.js";
import type { Reader } from "../domain/reader.js";
import type { Subscription } from "../domain/subscription.js";
import type { Topic, TopicRef } from "../domain/topic.js";
import type { Engine } from "./engine.js";
import { noteFilter } from "./filter-in-force.js";

/**
 * The greatest age of a cached topic. A change takes effect within 5 s: these 2 s, and the rest of the request that
 * looked the topic up just before. Pumps and long polls read it again themselves, as often as they need.
 */
export const TOPIC_CACHE_MS = 2_000;

const PAGE = 100;

/** The subscriptions of a topic, page by page. */
export async function* everySubscription(
  { subscriptions }: Engine,
  topic: TopicRef,
): AsyncGenerator<readonly Subscription[]> {
  let cursor: string | undefined;
  do {
    const page = await subscriptions.list(topic, { limit: PAGE, ...(cursor ? { cursor } : {}) });
    yield page.items;
    cursor = page.nextCursor;
  } while (cursor);
}

/** A topic as it was at most `maxAgeMs` ago. @throws {TopicNotFound} */
export async function findTopic(
  { topics, caches, clock }: Engine,
  name: string,
  maxAgeMs = TOPIC_CACHE_MS,
): Promise<Topic> {
  const nowMs = clock.nowMs();
  const known = caches.topics.get(name);
  // If the clock was set back, a cached topic would look fresh for that much longer.
  if (known && nowMs >= known.atMs && nowMs - known.atMs < maxAgeMs) return known.value;
  const topic = await topics.get(name);
  if (!topic) {
    caches.topics.delete(name);
    throw new TopicNotFound(name);
  }
  caches.topics.set(name, { value: topic, atMs: nowMs });
  noteErasure({ caches, clock }, topic);
  return topic;
}

/** Longer than a read takes, and than a read that need not be consistent shows what was before. */
const READS_TAKE_MS = 60_000;
/** After so long a process that has not heard of it keeps nothing of before: it reads topics every few seconds. */
const NEWS_FOR_MS = 60 * 60_000;

/**
 * Whoever reads a topic in which a message was erased since drops the slots that it keeps decoded. Each process that
 * hands out messages reads their topic every few seconds, so it hands out none from before a minute later.
 */
export function noteErasure(
  { caches, clock }: Pick<Engine, "caches" | "clock">,
  { uid, erasedAtMs = 0 }: Topic,
): void {
  const nowMs = clock.nowMs();
  if (erasedAtMs <= (caches.erasedAtMs.get(uid) ?? nowMs - NEWS_FOR_MS)) return;
  caches.erasedAtMs.set(uid, erasedAtMs);
  caches.slots.forget(nowMs + READS_TAKE_MS);
}

/**
 * Subscriptions are read every time, so that a change or deletion is seen at once.
 * @throws {TopicNotFound} {SubscriptionNotFound}
 */
export async function findSubscription(
  engine: Engine,
  topicName: string,
  name: string,
  topicAgeMs = TOPIC_CACHE_MS,
): Promise<Reader> {
  const topic = await findTopic(engine, topicName, topicAgeMs);
  const readAtMs = engine.clock.nowMs();
  const subscription = await engine.subscriptions.get(topic, name);
  if (!subscription) throw new SubscriptionNotFound(topicName, name);
  noteFilter(engine, subscription, readAtMs);
  return { topic, subscription };
}

/**
 * The same subscription as it is now, for whoever works on it for long: not another one that has its name by then.
 * @throws {TopicNotFound} {SubscriptionNotFound}
 */
export async function findAgain(engine: Engine, { topic, subscription }: Reader): Promise<Reader> {
  const found = await findSubscription(engine, topic.name, subscription.name);
  if (found.subscription.uid !== subscription.uid)
    throw new SubscriptionNotFound(topic.name, subscription.name);
  return found;
}
