import type { TopicStore } from "../../domain/ports/topic-store.js";
import { noteGarbage } from "./garbage-store.js";
import { pageOf } from "./pages.js";
import { type MemoryStorage, answered, copy } from "./storage.js";

export function memoryTopicStore(storage: MemoryStorage): TopicStore {
  const { topics } = storage;
  return {
    create: async (topic) => {
      await answered();
      const there = topics.get(topic.name);
      if (there?.kind === "topic") {
        return there.topic.uid === topic.uid
          ? { kind: "created" }
          : { kind: "exists", topic: copy(there.topic) };
      }
      if (there && there.untilMs > topic.createdAtMs) return { kind: "just-deleted", untilMs: there.untilMs };
      topics.set(topic.name, { kind: "topic", topic: copy(topic), subscriptions: 0, changes: 0 });
      return { kind: "created" };
    },
    get: async (name) => {
      await answered();
      const there = topics.get(name);
      return there?.kind === "topic" ? copy(there.topic) : undefined;
    },
    getCounted: async (name) => {
      await answered();
      const there = topics.get(name);
      if (there?.kind !== "topic") return undefined;
      const { topic, subscriptions, changes } = there;
      return { topic: copy(topic), subscriptions, subscriptionChanges: changes };
    },
    list: async (page) => {
      await answered();
      return pageOf(topics, (entry) => (entry.kind === "topic" ? copy(entry.topic) : undefined), page);
    },
    update: async (topic) => {
      await answered();
      const there = topics.get(topic.name);
      if (there?.kind !== "topic" || there.topic.uid !== topic.uid) return "conflict";
      if (there.topic.version !== topic.version - 1) return "conflict";
      topics.set(topic.name, { ...there, topic: copy(topic) });
      return "updated";
    },
    delete: async ({ name, uid }, deletedAtMs, tombstoneUntilMs, version) => {
      await answered();
      const there = topics.get(name);
      if (there?.kind !== "topic" || there.topic.uid !== uid) return "gone";
      if (version !== undefined && there.topic.version !== version) return "changed";
      if (there.subscriptions > 0) return "has-subscriptions";
      topics.set(name, { kind: "tombstone", untilMs: tombstoneUntilMs });
      noteGarbage(storage, { kind: "topic", topic: { name, uid }, deletedAtMs });
      return "deleted";
    },
  };
}
