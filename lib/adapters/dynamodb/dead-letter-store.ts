import { ACTS_TOLD, isListed } from "../../domain/dead-letter.js";
import type { DeadLetterStore } from "../../domain/ports/dead-letter-store.js";
import type { SubscriptionRef } from "../../domain/subscription.js";
import type { DynamoDb } from "./client.js";
import { GetCommand } from "./commands.js";
import { damaged } from "./damaged.js";
import { translated } from "./errors.js";
import {
  LISTED_PREFIX,
  actOf,
  actsPrefix,
  copyOfItem,
  countOf,
  countsAfter,
  entryOfItem,
  letterOf,
  letterSortKey,
  mendedSortKey,
} from "./items/dead-letter-item.js";
import { progressKey } from "./items/progress-item.js";
import { pageOf } from "./pages.js";
import { queryPages } from "./query-pages.js";

/** A list that leaves out many items reads so many at a time. */
const NEXT_PAGE_ITEMS = 1_000;

/** Dead letters lie beside their subscription's progress, and are purged with it. */
export function dynamoDbDeadLetterStore(db: DynamoDb): DeadLetterStore {
  return {
    get: (subscription, id) => one(db, "reading a dead letter", subscription, letterSortKey(id), letterOf),
    list: (subscription, query, page) =>
      pageOf(
        db,
        {
          pk: progressKey(subscription),
          prefix: LISTED_PREFIX,
          nextLimit: NEXT_PAGE_ITEMS,
          read: (item) => {
            const entry = entryOfItem(item) ?? damaged(db, item);
            return entry && isListed(entry, query) ? entry : undefined;
          },
        },
        page,
      ),
    mended: (subscription, name) =>
      one(db, "reading a mended message", subscription, mendedSortKey(name), copyOfItem),
    // Loaded with the first call: most functions never erase anything.
    mendedOf: async (subscription, place) =>
      await (await import("./mended-copies.js")).mendedOf(db, subscription, place),
    dropMended: async (subscription, name) =>
      await (await import("./mended-copies.js")).dropMended(db, subscription, name),
    acts: async (subscription, id) => {
      const collection = { pk: progressKey(subscription), prefix: actsPrefix(id), read: actOf };
      return (await pageOf(db, collection, { limit: ACTS_TOLD })).items;
    },
    count: (subscription, nowMs) =>
      translated("counting dead letters", async () => {
        const { from, until } = countsAfter(nowMs);
        const query = {
          KeyConditionExpression: "pk = :pk AND sk BETWEEN :from AND :until",
          ExpressionAttributeValues: { ":pk": progressKey(subscription), ":from": from, ":until": until },
        };
        let count = 0;
        for await (const items of queryPages(db, query)) for (const item of items) count += countOf(item);
        return count;
      }),
  };
}

const one = <T>(
  db: DynamoDb,
  what: string,
  subscription: SubscriptionRef,
  sk: string,
  read: (item: Record<string, unknown>) => T | undefined,
): Promise<T | undefined> =>
  translated(what, async () => {
    const Key = { pk: progressKey(subscription), sk };
    const { Item } = await db.client.send(
      new GetCommand({ TableName: db.tables.state, Key, ConsistentRead: true }),
    );
    return Item && (read(Item) ?? damaged(db, Item));
  });
