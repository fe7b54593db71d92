import type { Erasure } from "../../domain/message.js";
import {
  OUTBOX_SHARDS,
  type OutboxMessage,
  type OutboxRef,
  type OutboxShard,
  type RefusedMessage,
  outboxShardKey,
  parseOutboxShardKey,
} from "../../domain/outbox.js";
import { type Page, type PageRequest, cursorBehind, keyIn } from "../../domain/page.js";
import type { OutboxStore } from "../../domain/ports/outbox-store.js";
import type { DynamoDb } from "./client.js";
import { QueryCommand } from "./commands.js";
import { translated } from "./errors.js";
import { erasedItem, keyAt, placeOf, refusedKey, refusedOf, waitingOf } from "./items/outbox-item.js";
import { pageOf } from "./pages.js";
import { transact } from "./settings/transact.js";

type Item = Record<string, unknown>;

/** What operators do with the outbox: few functions ever do. `outbox`: the table of what is on its way. */
export const managedOutbox = (
  db: DynamoDb,
  outbox: string,
): Pick<OutboxStore, "list" | "find" | "erase" | "refused"> => ({
  list: (topic, page) => translated("listing the outbox", () => listed(db, outbox, topic, page)),
  find: (topic, name) =>
    translated("looking for a message in the outbox", async () => {
      const shards = Array.from({ length: OUTBOX_SHARDS }, (_, shard) => ({ topic, shard }));
      const found = await Promise.all(shards.map((shard) => itemNamed(db, outbox, shard, name)));
      return found.find((message) => message !== undefined);
    }),
  erase: (message, erasure) => erased(db, outbox, message, erasure),
  refused: (topic, page) =>
    pageOf(db, { pk: refusedKey(topic), read: (item) => refusedOf(topic, item) }, page),
});

async function erased(
  db: DynamoDb,
  outbox: string,
  message: OutboxRef | RefusedMessage,
  erasure: Erasure,
): Promise<"erased" | "gone"> {
  const { state: TableName } = db.tables;
  const ConditionExpression = "attribute_exists(pk)";
  const isRefused = "refusedAtMs" in message;
  const Put = {
    TableName,
    Item: erasedItem(message, erasure, isRefused ? message.refusedAtMs : erasure.atMs),
  };
  const Key = { pk: outboxShardKey(message), sk: message.name };
  const reasons = await transact(
    db,
    "erasing a message of the outbox",
    isRefused
      ? [{ Put: { ...Put, ConditionExpression } }]
      : [{ Put }, { Delete: { TableName: outbox, Key, ConditionExpression } }],
  );
  return reasons ? "gone" : "erased";
}

/** By a query, since the API may read nothing in another way here. */
async function itemNamed({ client }: DynamoDb, TableName: string, shard: OutboxShard, name: string) {
  const { Items = [] } = await client.send(
    new QueryCommand({
      TableName,
      KeyConditionExpression: "pk = :pk AND sk = :sk",
      ExpressionAttributeValues: { ":pk": outboxShardKey(shard), ":sk": name },
      ConsistentRead: true,
    }),
  );
  return Items[0] && waitingOf(shard, Items[0]);
}

/** One shard after the other. */
async function listed(
  { client }: DynamoDb,
  TableName: string,
  topic: string,
  { limit, cursor }: PageRequest,
): Promise<Page<OutboxMessage>> {
  const isPlace = (place: string): boolean => parseOutboxShardKey(keyAt(place)?.pk ?? "")?.topic === topic;
  const from = cursor === undefined ? undefined : keyAt(keyIn(cursor, isPlace));
  const found: { readonly place: string; readonly message: OutboxMessage }[] = [];
  let ExclusiveStartKey: Item | undefined = from;
  let shard = parseOutboxShardKey(from?.pk ?? "")?.shard ?? 0;
  while (shard < OUTBOX_SHARDS && found.length <= limit) {
    const { Items = [], LastEvaluatedKey } = await client.send(
      new QueryCommand({
        TableName,
        KeyConditionExpression: "pk = :pk",
        ExpressionAttributeValues: { ":pk": outboxShardKey({ topic, shard }) },
        // One more than asked for shows whether there is another page.
        Limit: limit + 1 - found.length,
        ...(ExclusiveStartKey ? { ExclusiveStartKey } : {}),
      }),
    );
    for (const item of Items)
      found.push({ place: placeOf(item), message: waitingOf({ topic, shard }, item) });
    ExclusiveStartKey = LastEvaluatedKey;
    if (!LastEvaluatedKey) shard++;
  }
  const page = found.slice(0, limit);
  const last = page.at(-1);
  return {
    items: page.map(({ message }) => message),
    ...(last && found.length > limit ? { nextCursor: cursorBehind(last.place) } : {}),
  };
}
