import type { GarbageStore } from "../../lib/domain/ports/garbage-store.js";
import type { SubscriptionStore } from "../../lib/domain/ports/subscription-store.js";
import type { TopicStore } from "../../lib/domain/ports/topic-store.js";
import type { Subscription } from "../../lib/domain/subscription.js";
import type { Topic, TopicRef } from "../../lib/domain/topic.js";
import { MINUTE_MS, NOW_MS, aSubscription, aTopic, refOf } from "./builders.js";

/** Stores over the same storage: a topic's subscriptions are counted on it, and what is deleted is noted. */
export interface TopicAndSubscriptionStores {
  readonly topics: TopicStore;
  readonly subscriptions: SubscriptionStore;
  readonly garbage: GarbageStore;
}

export type Make = () => Promise<TopicAndSubscriptionStores>;

export const ALL = 1_000;
const PAGES_BOUND = 100;
export const TOMBSTONE_MS = NOW_MS + MINUTE_MS;

export const on = (topic: TopicRef, fields: Partial<Subscription> = {}): Subscription =>
  aSubscription({ topic: refOf(topic), ...fields });

export async function withTopic(make: Make): Promise<TopicAndSubscriptionStores & { readonly topic: Topic }> {
  const stores = await make();
  const topic = aTopic();
  await stores.topics.create(topic);
  return { ...stores, topic };
}

/** All of a topic, page by page. */
export async function listed(
  subscriptions: SubscriptionStore,
  topic: TopicRef,
  limit: number,
): Promise<Subscription[]> {
  const all: Subscription[] = [];
  let cursor: string | undefined;
  for (let page = 1; page <= PAGES_BOUND; page++) {
    const { items, nextCursor } = await subscriptions.list(topic, {
      limit,
      ...(cursor === undefined ? {} : { cursor }),
    });
    expect(items.length).toBeLessThanOrEqual(limit);
    all.push(...items);
    if (nextCursor === undefined) return all;
    cursor = nextCursor;
  }
  throw new Error("no end of pages");
}
