import { DeleteCommand, PutCommand, QueryCommand } from "@aws-sdk/lib-dynamodb";
import type { TimerStore } from "../../domain/ports/timer-store.js";
import { dueId } from "../../domain/progress/records.js";
import { TIMER_KEYS, type Timer } from "../../domain/timer.js";
import type { DynamoDb } from "./client.js";
import { translated } from "./errors.js";
import { timerItem, timerItemKey, timerOf, timersKey } from "./items/timer-item.js";

/** Sorts behind every character of a name: all timers of that very millisecond are in. */
const LAST = "~";
/** How many are read at once where the first of a key are not known. */
const MORE = 100;

/** The timers in the state table: a few item collections, each sorted by when its timers are due. */
export function dynamoDbTimerStore(db: DynamoDb): TimerStore {
  const { client, tables } = db;
  const TableName = tables.state;
  return {
    set: (timer) =>
      translated("setting a timer", async () => {
        await client.send(new PutCommand({ TableName, Item: timerItem(timer) }));
      }),
    due: (untilMs, limit) =>
      translated("reading timers", async () => {
        const keys = Array.from({ length: TIMER_KEYS }, (_, key) => key);
        const found = await Promise.all(keys.map((key) => dueOn(db, key, untilMs, limit)));
        return found
          .flat()
          .sort((a, b) => a.dueMs - b.dueMs)
          .slice(0, limit);
      }),
    remove: (timer) =>
      translated("removing a timer", async () => {
        await client.send(new DeleteCommand({ TableName, Key: timerItemKey(timer) }));
      }),
  };
}

/** Of one key. Reads on past what it does not know, so that a newer version's timers hide none of ours. */
async function dueOn(
  { client, tables }: DynamoDb,
  key: number,
  untilMs: number,
  limit: number,
): Promise<readonly Timer[]> {
  const found: Timer[] = [];
  let after: Record<string, unknown> | undefined;
  do {
    const { Items = [], LastEvaluatedKey } = await client.send(
      new QueryCommand({
        TableName: tables.state,
        KeyConditionExpression: "pk = :pk AND sk <= :until",
        ExpressionAttributeValues: { ":pk": timersKey(key), ":until": dueId(untilMs, LAST) },
        ConsistentRead: true,
        Limit: after ? MORE : limit,
        ...(after ? { ExclusiveStartKey: after } : {}),
      }),
    );
    found.push(...Items.flatMap((item) => timerOf(item) ?? []));
    after = LastEvaluatedKey;
  } while (after && found.length < limit);
  return found.slice(0, limit);
}
