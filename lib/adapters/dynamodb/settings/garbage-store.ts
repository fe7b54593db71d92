import { DeleteCommand } from "../commands.js";
import type { GarbageStore } from "../../../domain/ports/garbage-store.js";
import type { DynamoDb } from "../client.js";
import { translated } from "../errors.js";
import { GARBAGE, garbageKey, garbageOf } from "../items/garbage-item.js";
import { pageOf } from "../pages.js";

/** Deleted topics and subscriptions in the state table: key `garbage`, sorted by time of deletion. */
export const dynamoDbGarbageStore = (db: DynamoDb): GarbageStore => ({
  list: (page) => pageOf(db, { pk: GARBAGE, read: garbageOf }, page),
  forget: (garbage) =>
    translated("forgetting what was deleted", async () => {
      await db.client.send(new DeleteCommand({ TableName: db.tables.state, Key: garbageKey(garbage) }));
    }),
});
