import { JOURNAL_SHARDS, type JournalShard, shardOf } from "../../domain/journal.js";
import { cursorBehind } from "../../domain/page.js";
import type { JournalStore } from "../../domain/ports/journal-store.js";
import { dueId } from "../../domain/progress/records.js";
import { subscriptionKey } from "../../domain/subscription.js";
import { pageOf } from "./pages.js";
import { SortedMap } from "./sorted-map.js";
import { type MemoryStorage, answered, copy } from "./storage.js";

const shardKey = ({ subscription, shard }: JournalShard): string =>
  `${subscriptionKey(subscription)}#${shard}`;

export const memoryJournalStore = ({ journals }: MemoryStorage): JournalStore => ({
  write: async (subscription, entry) => {
    await answered();
    const key = shardKey({ subscription, shard: shardOf(entry.id) });
    const journal = journals.get(key) ?? new SortedMap();
    journals.set(key, journal);
    journal.set(entry.id, copy(entry));
  },
  read: async (shard, fromMs, { limit, cursor }) => {
    await answered();
    const journal = journals.get(shardKey(shard)) ?? new SortedMap();
    return pageOf(journal, copy, { limit, cursor: cursor ?? cursorBehind(dueId(fromMs, "")) });
  },
  purge: async (subscription, limit) => {
    await answered();
    let left = limit;
    for (let shard = 0; shard < JOURNAL_SHARDS; shard++) {
      const key = shardKey({ subscription, shard });
      const journal = journals.get(key);
      for (const id of journal?.firstKeys(left) ?? []) if (journal?.delete(id)) left--;
      if (journal?.size) return false;
      journals.delete(key);
    }
    return true;
  },
});
