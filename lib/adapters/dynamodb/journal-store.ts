import { JOURNAL_SHARDS, shardOf } from "../../domain/journal.js";
import { cursorBehind } from "../../domain/page.js";
import type { JournalStore } from "../../domain/ports/journal-store.js";
import { dueId } from "../../domain/progress/records.js";
import type { DynamoDb } from "./client.js";
import { PutCommand } from "./commands.js";
import { translated } from "./errors.js";
import { journalEntryOf, journalItem, journalKey } from "./items/journal-item.js";
import { pageOf } from "./pages.js";
import { purge } from "./purge.js";

/** In the state table under keys of its own, so that it takes nothing from what a subscription's progress may write. */
export const dynamoDbJournalStore = (db: DynamoDb): JournalStore => ({
  write: (subscription, entry) =>
    translated("writing a journal", async () => {
      const Item = journalItem({ subscription, shard: shardOf(entry.id) }, entry);
      await db.client.send(new PutCommand({ TableName: db.tables.state, Item }));
    }),
  read: (shard, fromMs, { limit, cursor }) =>
    pageOf(
      db,
      { pk: journalKey(shard), read: journalEntryOf },
      { limit, cursor: cursor ?? cursorBehind(dueId(fromMs, "")) },
    ),
  purge: (subscription, limit) =>
    translated("purging a journal", async () => {
      for (let shard = 0; shard < JOURNAL_SHARDS; shard++)
        if (!(await purge(db, journalKey({ subscription, shard }), limit))) return false;
      return true;
    }),
});
