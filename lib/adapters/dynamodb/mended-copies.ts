import { type DeadLetterEntry, type MendedCopy, mendedPrefix } from "../../domain/dead-letter.js";
import type { SubscriptionRef } from "../../domain/subscription.js";
import type { DynamoDb } from "./client.js";
import { DeleteCommand } from "./commands.js";
import { translated } from "./errors.js";
import { copyOfItem, mendedNameIn, mendedSortKey } from "./items/dead-letter-item.js";
import { progressKey } from "./items/progress-item.js";
import { queryPages, startingWith } from "./query-pages.js";

type Named = Pick<MendedCopy, "name" | "copy">;

/** All that the message at that place was mended to. */
export const mendedOf = (
  db: DynamoDb,
  subscription: SubscriptionRef,
  place: Pick<DeadLetterEntry, "partition" | "offset">,
): Promise<readonly Named[]> =>
  translated("reading what a message was mended to", async () => {
    const prefix = mendedSortKey(mendedPrefix(place));
    const query = { ...startingWith(progressKey(subscription), prefix), ConsistentRead: true };
    const all: Named[] = [];
    for await (const items of queryPages(db, query))
      for (const item of items) {
        const copy = copyOfItem(item);
        if (copy) all.push({ name: mendedNameIn(item), copy });
      }
    return all;
  });

export const dropMended = (db: DynamoDb, subscription: SubscriptionRef, name: string): Promise<void> =>
  translated("dropping what a message was mended to", async () => {
    const Key = { pk: progressKey(subscription), sk: mendedSortKey(name) };
    await db.client.send(new DeleteCommand({ TableName: db.tables.state, Key }));
  });
