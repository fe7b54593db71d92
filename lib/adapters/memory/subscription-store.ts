import type { SubscriptionStore } from "../../domain/ports/subscription-store.js";
import { type Subscription, subscriptionKey } from "../../domain/subscription.js";
import type { TopicRef } from "../../domain/topic.js";
import { pageOf } from "./pages.js";
import { type MemoryStorage, answered, copy } from "./storage.js";

export function memorySubscriptionStore(storage: MemoryStorage): SubscriptionStore {
  const of = (topic: TopicRef): Map<string, Subscription> => {
    const all = storage.subscriptions.get(topic.uid) ?? new Map<string, Subscription>();
    storage.subscriptions.set(topic.uid, all);
    return all;
  };
  const count = (topic: TopicRef, change: 1 | -1): boolean => {
    const entry = storage.topics.get(topic.name);
    if (entry?.kind !== "topic" || entry.topic.uid !== topic.uid) return false;
    storage.topics.set(topic.name, { ...entry, subscriptions: entry.subscriptions + change });
    return true;
  };
  return {
    create: async (subscription) => {
      await answered();
      const there = of(subscription.topic).get(subscription.name);
      if (there?.uid === subscription.uid) return { kind: "created" };
      if (there) return { kind: "exists", subscription: copy(there) };
      if (!count(subscription.topic, 1)) return { kind: "topic-gone" };
      of(subscription.topic).set(subscription.name, copy(subscription));
      return { kind: "created" };
    },
    get: async (topic, name) => {
      await answered();
      const there = of(topic).get(name);
      return there && copy(there);
    },
    list: async (topic, page) => {
      await answered();
      return copy(pageOf([...of(topic)], page));
    },
    update: async (subscription) => {
      await answered();
      const there = of(subscription.topic).get(subscription.name);
      if (there?.uid !== subscription.uid || there.version !== subscription.version - 1) return "conflict";
      of(subscription.topic).set(subscription.name, copy(subscription));
      return "updated";
    },
    delete: async ({ topic, name, uid }) => {
      await answered();
      if (of(topic).get(name)?.uid !== uid) return "gone";
      of(topic).delete(name);
      count(topic, -1);
      const ref = { topic: { name: topic.name, uid: topic.uid }, name, uid };
      storage.garbage.set(subscriptionKey(ref), ref);
      return "deleted";
    },
    garbage: async (limit) => {
      await answered();
      return copy([...storage.garbage.values()].slice(0, limit));
    },
    forget: async (subscription) => {
      await answered();
      storage.garbage.delete(subscriptionKey(subscription));
    },
  };
}
