import { DeleteCommand, GetCommand, PutCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import type { Mark } from "../../domain/mark.js";
import { type Page, type PageRequest, cursorBehind, keyIn } from "../../domain/page.js";
import type { MarkStore } from "../../domain/ports/mark-store.js";
import type { DynamoDb } from "./client.js";
import { pastConflicts } from "./conflicts.js";
import { failedCondition, toDomainError, translated } from "./errors.js";
import { IS_READABLE, IS_READABLE_VALUES, isTooNew } from "./items/format.js";
import { MARKS_KEYS, markItem, markKey, markOf } from "./items/mark-item.js";
import { queryPages } from "./query-pages.js";

/** The marks in the state table: a few item collections, one after the other in a list. */
export function dynamoDbMarkStore(db: DynamoDb): MarkStore {
  const { client } = db;
  const TableName = db.tables.state;
  return {
    list: (page) => translated("listing marks", () => list(db, page)),
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
      await unlessChanged("setting a mark", () => client.send(put));
    },
    putOff: async (mark, nextLookMs) => {
      const change = new UpdateCommand({
        TableName,
        Key: markKey(mark.topic),
        UpdateExpression: "SET #next = :next",
        ...isStill(mark),
        ExpressionAttributeNames: { "#next": "next" },
        ExpressionAttributeValues: { ...isStill(mark).ExpressionAttributeValues, ":next": nextLookMs },
      });
      return (await unlessChanged("putting a mark off", () => client.send(change))) ? "put-off" : "changed";
    },
    remove: async (mark) => {
      const removal = new DeleteCommand({ TableName, Key: markKey(mark.topic), ...isStill(mark) });
      return (await unlessChanged("removing a mark", () => client.send(removal))) ? "removed" : "changed";
    },
  };
}

const isStill = ({ version }: Mark) => ({
  ConditionExpression: `v = :v AND ${IS_READABLE}`,
  ExpressionAttributeValues: { ":v": version, ...IS_READABLE_VALUES },
});

/** An attempt whose answer was lost passes for changed: the next look finds out. */
async function unlessChanged(during: string, write: () => Promise<unknown>): Promise<boolean> {
  try {
    await pastConflicts(write);
    return true;
  } catch (error) {
    if (failedCondition(error)) return false;
    throw toDomainError(error, during);
  }
}

async function list(db: DynamoDb, { limit, cursor }: PageRequest): Promise<Page<Mark>> {
  const after = cursor === undefined ? undefined : keyIn(cursor, (key) => /^\d#/.test(key));
  const found: Mark[] = [];
  let last: string | undefined;
  for (const pk of MARKS_KEYS) {
    if (after !== undefined && pk < `marks#${after[0] ?? ""}`) continue;
    const starts = after !== undefined && pk === `marks#${after[0] ?? ""}`;
    const query = {
      KeyConditionExpression: "pk = :pk",
      ExpressionAttributeValues: { ":pk": pk },
      Limit: limit - found.length + 1,
      ...(starts ? { ExclusiveStartKey: { pk, sk: after } } : {}),
    };
    for await (const items of queryPages(db, query)) {
      for (const item of items) {
        const mark = isTooNew(item) ? undefined : markOf(item);
        if (!mark) continue;
        if (found.length === limit && last !== undefined)
          return { items: found, nextCursor: cursorBehind(last) };
        found.push(mark);
        last = String(item.sk);
      }
    }
  }
  return { items: found };
}
