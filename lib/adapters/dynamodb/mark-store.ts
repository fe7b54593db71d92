import { DeleteCommand, GetCommand, PutCommand, UpdateCommand } from "./commands.js";
import { MARK_KEYS, type Mark } from "../../domain/mark.js";
import { type Page, type PageRequest, cursorBehind, keyIn } from "../../domain/page.js";
import type { MarkStore } from "../../domain/ports/mark-store.js";
import type { DynamoDb } from "./client.js";
import { conditionally } from "./conditionally.js";
import { translated } from "./errors.js";
import { IS_READABLE, IS_READABLE_VALUES, hasVersion, isTooNew } from "./items/format.js";
import { markItem, markKey, markOf, marksKey } from "./items/mark-item.js";
import { pageOf } from "./pages.js";

/** The marks in the state table: a few item collections, one after the other in a list. */
export function dynamoDbMarkStore(db: DynamoDb): MarkStore {
  const { client } = db;
  const TableName = db.tables.state;
  return {
    list: (page) => list(db, page),
    get: (topic) =>
      translated("reading a mark", async () => {
        const { Item } = await client.send(
          new GetCommand({ TableName, Key: markKey(topic), ConsistentRead: false }),
        );
        return markOf(Item);
      }),
    set: async (mark) => {
      const put = new PutCommand({
        TableName,
        Item: markItem(mark),
        ConditionExpression: `(attribute_not_exists(#at) OR #at <= :at) AND ${IS_READABLE}`,
        ExpressionAttributeNames: { "#at": "at" },
        ExpressionAttributeValues: { ":at": mark.setAtMs, ...IS_READABLE_VALUES },
      });
      // A younger one, or one of a newer release, stays as it is: the topic has its mark.
      await conditionally("setting a mark", () => client.send(put));
    },
    putOff: async (mark, nextLookMs) => {
      const { ConditionExpression, ExpressionAttributeValues } = hasVersion(mark.version);
      const change = new UpdateCommand({
        TableName,
        Key: markKey(mark.topic),
        UpdateExpression: "SET #next = :next",
        ConditionExpression,
        ExpressionAttributeNames: { "#next": "next" },
        ExpressionAttributeValues: { ...ExpressionAttributeValues, ":next": nextLookMs },
      });
      return (await conditionally("putting a mark off", () => client.send(change))) ? "put-off" : "changed";
    },
    remove: async (mark) => {
      const removal = new DeleteCommand({
        TableName,
        Key: markKey(mark.topic),
        ...hasVersion(mark.version),
      });
      return (await conditionally("removing a mark", () => client.send(removal))) ? "removed" : "changed";
    },
  };
}

/** The collections one after the other: a name begins with the number of its own. */
async function list(db: DynamoDb, { limit, cursor }: PageRequest): Promise<Page<Mark>> {
  const from = cursor === undefined ? 0 : Number(keyIn(cursor, isMarkName).split("#", 1)[0]);
  const items: Mark[] = [];
  for (let key = from; key < MARK_KEYS; key++) {
    if (items.length === limit) return { items, nextCursor: cursorBehind(`${key}#`) };
    const collection = { pk: marksKey(key), read: knownMarkOf, isConsistent: false };
    const request = {
      limit: limit - items.length,
      ...(cursor !== undefined && key === from ? { cursor } : {}),
    };
    const page = await pageOf(db, collection, request);
    items.push(...page.items);
    if (page.nextCursor !== undefined) return { items, nextCursor: page.nextCursor };
  }
  return { items };
}

const isMarkName = (name: string): boolean => /^[0-9]#/.test(name);

/** A mark of a newer release is left to that release. */
const knownMarkOf = (item: Record<string, unknown>): Mark | undefined =>
  isTooNew(item) ? undefined : markOf(item);
