import { invariant } from "../../domain/invariant.js";
import {
  OLDEST_AT_MOST,
  OUTBOX_SHARDS,
  type OutboxMessage,
  type OutboxRef,
  type OutboxShard,
  type RefusedMessage,
  outboxShardKey,
  parseOutboxShardKey,
} from "../../domain/outbox.js";
import type { Erasure } from "../../domain/message.js";
import { type Page, type PageRequest, cursorBehind, keyIn } from "../../domain/page.js";
import type { OutboxStore } from "../../domain/ports/outbox-store.js";
import type { DynamoDb } from "./client.js";
import { GetCommand, QueryCommand, type QueryCommandInput, ScanCommand } from "./commands.js";
import { damaged } from "./damaged.js";
import { translated } from "./errors.js";
import {
  erasedItem,
  keyAt,
  placeOf,
  refusedItem,
  refusedKey,
  refusedOf,
  waitingOf,
} from "./items/outbox-item.js";
import { pageOf } from "./pages.js";
import { transact } from "./settings/transact.js";

type Item = Record<string, unknown>;

/** What is on its way is in the outbox table, which users' own transactions write; what was refused, in the state's. */
export function dynamoDbOutboxStore(db: DynamoDb): OutboxStore {
  const { client, tables } = db;
  const outbox = (): string => {
    invariant(tables.outbox !== undefined, "who looks at the outbox knows its table");
    return tables.outbox;
  };
  return {
    oldest: (shard) =>
      translated("reading the outbox", async () => {
        const { items, more } = await oldestItems(db, outbox(), shard);
        return { messages: items.map((item) => waitingOf(shard, item)), more };
      }),
    scan: ({ limit, cursor }) =>
      translated("looking through the outbox", async () => {
        const from =
          cursor === undefined ? undefined : keyAt(keyIn(cursor, (key) => keyAt(key) !== undefined));
        const { Items = [], LastEvaluatedKey } = await client.send(
          new ScanCommand({
            TableName: outbox(),
            ProjectionExpression: "pk, sk",
            Limit: limit,
            ...(from ? { ExclusiveStartKey: from } : {}),
          }),
        );
        const items = Items.flatMap(({ pk, sk }) => {
          const shard = parseOutboxShardKey(String(pk));
          return shard ? [{ shard, name: String(sk) }] : (damaged(db, { pk, sk }) ?? []);
        });
        return {
          items,
          ...(LastEvaluatedKey ? { nextCursor: cursorBehind(placeOf(LastEvaluatedKey)) } : {}),
        };
      }),
    list: (topic, page) => translated("listing the outbox", () => listed(db, outbox(), topic, page)),
    find: (topic, name) =>
      translated("looking for a message in the outbox", async () => {
        const shards = Array.from({ length: OUTBOX_SHARDS }, (_, shard) => ({ topic, shard }));
        const found = await Promise.all(shards.map((shard) => itemNamed(db, outbox(), shard, name)));
        return found.find((message) => message !== undefined);
      }),
    refuse: async (message, why, nowMs) => {
      const TableName = outbox();
      const Key = { pk: outboxShardKey(message), sk: message.name };
      const { Item } = await translated("reading the outbox", () =>
        client.send(new GetCommand({ TableName, Key, ConsistentRead: true })),
      );
      if (!Item) return "gone";
      const reasons = await transact(db, "refusing a message", [
        { Put: { TableName: tables.state, Item: refusedItem(message, Item, why, nowMs) } },
        { Delete: { TableName, Key, ConditionExpression: "attribute_exists(pk)" } },
      ]);
      return reasons ? "gone" : "refused";
    },
    erase: (message, erasure) => erased(db, outbox(), message, erasure),
    refused: (topic, page) =>
      pageOf(db, { pk: refusedKey(topic), read: (item) => refusedOf(topic, item) }, page),
  };
}

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

/**
 * From the newest one down: what was stored before a message was even written is read after it, and so is not missed.
 * If that does not reach the oldest one, a look up from there says how far down from is enough.
 */
async function oldestItems({ client }: DynamoDb, TableName: string, shard: OutboxShard) {
  const all: QueryCommandInput = {
    TableName,
    KeyConditionExpression: "pk = :pk",
    ExpressionAttributeValues: { ":pk": outboxShardKey(shard) },
    ConsistentRead: true,
  };
  const read = async (input: QueryCommandInput) => await client.send(new QueryCommand(input));
  const Limit = OLDEST_AT_MOST.messages;
  const newest = await read({ ...all, Limit, ScanIndexForward: false });
  if (!newest.LastEvaluatedKey) return { items: (newest.Items ?? []).reverse(), more: false };
  const last: unknown = (await read({ ...all, Limit })).Items?.at(-1)?.["sk"];
  const items: Item[] = [];
  let ExclusiveStartKey: Item | undefined;
  do {
    const page = await read({
      ...all,
      KeyConditionExpression: "pk = :pk AND sk <= :last",
      ExpressionAttributeValues: {
        ":pk": outboxShardKey(shard),
        ":last": typeof last === "string" ? last : "-",
      },
      ScanIndexForward: false,
      ...(ExclusiveStartKey ? { ExclusiveStartKey } : {}),
    });
    items.push(...(page.Items ?? []));
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey);
  return { items: items.reverse(), more: true };
}
