import type { SubscriptionStore } from "../../domain/ports/subscription-store.js";
import { type Subscription, subscriptionKey, subscriptionRef } from "../../domain/subscription.js";
import type { TopicRef } from "../../domain/topic.js";
import type { WebhookSecrets } from "../../domain/webhook/secrets.js";
import { noteGarbage } from "./garbage-store.js";
import { pageOf } from "./pages.js";
import { SortedMap } from "./sorted-map.js";
import { type MemoryStorage, answered, copy } from "./storage.js";

export function memorySubscriptionStore(storage: MemoryStorage): SubscriptionStore {
  const of = (topic: TopicRef): SortedMap<Subscription> =>
    storage.subscriptions.get(topic.uid) ?? new SortedMap<Subscription>();
  const count = (topic: TopicRef, more: 1 | 0 | -1): boolean => {
    const entry = storage.topics.get(topic.name);
    if (entry?.kind !== "topic" || entry.topic.uid !== topic.uid) return false;
    const [subscriptions, changes] = [entry.subscriptions + more, entry.changes + 1];
    storage.topics.set(topic.name, { ...entry, subscriptions, changes });
    return true;
  };
  /** Keeps only the topic's name and uid: callers may pass a whole topic. */
  const put = (subscription: Subscription, secrets: WebhookSecrets | undefined): void => {
    const { name, uid } = subscription.topic;
    const all = of(subscription.topic);
    storage.subscriptions.set(uid, all);
    all.set(subscription.name, copy({ ...subscription, topic: { name, uid } }));
    if (secrets) storage.secrets.set(subscriptionKey(subscription), copy(secrets));
  };
  return {
    create: async (subscription, secrets) => {
      await answered();
      const there = of(subscription.topic).get(subscription.name);
      if (there?.uid === subscription.uid) return { kind: "created" };
      if (there) return { kind: "exists", subscription: copy(there) };
      if (!count(subscription.topic, 1)) return { kind: "topic-gone" };
      put(subscription, secrets);
      return { kind: "created" };
    },
    get: async (topic, name) => {
      await answered();
      const there = of(topic).get(name);
      return there && copy(there);
    },
    list: async (topic, page) => {
      await answered();
      return pageOf(of(topic), copy, page);
    },
    secrets: async (subscription) => {
      await answered();
      const there = storage.secrets.get(subscriptionKey(subscription));
      return there && copy(there);
    },
    update: async (subscription, secrets) => {
      await answered();
      const there = of(subscription.topic).get(subscription.name);
      if (there?.uid !== subscription.uid || there.version !== subscription.version - 1) return "conflict";
      count(subscription.topic, 0);
      put(subscription, secrets);
      return "updated";
    },
    delete: async (subscription, deletedAtMs, version) => {
      await answered();
      const { topic, name, uid } = subscription;
      const there = of(topic).get(name);
      if (there?.uid !== uid) return "gone";
      if (version !== undefined && there.version !== version) return "changed";
      of(topic).delete(name);
      count(topic, -1);
      const ref = subscriptionRef(subscription);
      storage.secrets.delete(subscriptionKey(ref));
      noteGarbage(storage, { kind: "subscription", subscription: ref, deletedAtMs });
      return "deleted";
    },
    ...rosters(storage),
  };
}

const rosters = (storage: MemoryStorage): Pick<SubscriptionStore, "roster" | "keepRoster"> => ({
  roster: async ({ uid }) => {
    await answered();
    const there = storage.rosters.get(uid);
    return there && copy(there);
  },
  keepRoster: async ({ uid }, roster) => {
    await answered();
    const there = storage.rosters.get(uid);
    if (there && there.changes > roster.changes) return "not-kept";
    storage.rosters.set(uid, copy(roster));
    return "kept";
  },
});
