import { invariant } from "../../domain/invariant.js";
import {
  OLDEST_AT_MOST,
  type OutboxShard,
  outboxShardKey,
  parseOutboxShardKey,
} from "../../domain/outbox.js";
import { cursorBehind, keyIn } from "../../domain/page.js";
import type { OutboxStore } from "../../domain/ports/outbox-store.js";
import { lazy } from "../lazy.js";
import type { DynamoDb } from "./client.js";
import { GetCommand, QueryCommand, type QueryCommandInput, ScanCommand } from "./commands.js";
import { damaged } from "./damaged.js";
import { translated } from "./errors.js";
import { keyAt, placeOf, refusedItem, waitingOf } from "./items/outbox-item.js";
import { transact } from "./settings/transact.js";

type Item = Record<string, unknown>;

/** What is on its way is in the outbox table, which users' own transactions write; what was refused, in the state's. */
export function dynamoDbOutboxStore(db: DynamoDb): OutboxStore {
  const { client, tables } = db;
  const outbox = (): string => {
    invariant(tables.outbox !== undefined, "who looks at the outbox knows its table");
    return tables.outbox;
  };
  const { list, find, erase, refused } = lazy(async () =>
    (await import("./outbox-managed.js")).managedOutbox(db, outbox()),
  );
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
    ...{ list, find, erase, refused },
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
