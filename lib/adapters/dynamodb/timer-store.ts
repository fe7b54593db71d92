import { DeleteCommand, PutCommand } from "./commands.js";
import type { TimerStore } from "../../domain/ports/timer-store.js";
import { dueId } from "../../domain/progress/records.js";
import { TIMER_KEYS, type Timer, nonceOf } from "../../domain/timer.js";
import type { DynamoDb } from "./client.js";
import { conditionally } from "./conditionally.js";
import { translated } from "./errors.js";
import { IS_READABLE, IS_READABLE_VALUES, IS_THERE } from "./items/format.js";
import { queryPages } from "./query-pages.js";
import { transact } from "./settings/transact.js";
import { timerItemKey, timerOf, timerPut, timersKey } from "./items/timer-item.js";

/** Sorts after every character of a name, so that the timers of that very millisecond are included. */
const LAST = "~";
/** Page size after a first page that held no timer of a known kind. */
const MORE = 100;

/** Timers in the state table, spread over a few partition keys, each sorted by due time. */
export function dynamoDbTimerStore(db: DynamoDb): TimerStore {
  const { client, tables } = db;
  const TableName = tables.state;
  return {
    set: async (timer) => {
      const put = new PutCommand({ TableName, ...timerPut(timer) });
      await conditionally("setting a timer", () => client.send(put));
    },
    due: (untilMs, limit) =>
      translated("reading timers", async () => {
        const keys = Array.from({ length: TIMER_KEYS }, (_, key) => key);
        const found = await Promise.all(keys.map((key) => dueOn(db, key, untilMs, limit)));
        return found
          .flat()
          .sort((a, b) => a.dueMs - b.dueMs)
          .slice(0, limit);
      }),
    replace: async (timer, later) => {
      await transact(db, "putting off a timer", [
        { Put: { TableName, ...timerPut(later) } },
        { Delete: { TableName, Key: timerItemKey(timer), ...isStill(timer) } },
      ]);
    },
    remove: async (timer) => {
      const condition = nonceOf(timer) === undefined ? READABLE : isStill(timer);
      const removal = new DeleteCommand({ TableName, Key: timerItemKey(timer), ...condition });
      await conditionally("removing a timer", () => client.send(removal));
    },
  };
}

const READABLE = { ConditionExpression: IS_READABLE, ExpressionAttributeValues: IS_READABLE_VALUES };

/** It is there, and nobody has set it anew. */
function isStill(timer: Timer) {
  const nonce = nonceOf(timer);
  if (nonce === undefined) return IS_THERE;
  return {
    ConditionExpression: `${IS_THERE.ConditionExpression} AND w = :w`,
    ExpressionAttributeValues: { ...IS_THERE.ExpressionAttributeValues, ":w": nonce },
  };
}

/** The due timers under one key. Reads past unknown ones, so that a newer release's timers hide none of ours. */
async function dueOn(db: DynamoDb, key: number, untilMs: number, limit: number): Promise<readonly Timer[]> {
  const found: Timer[] = [];
  const query = {
    KeyConditionExpression: "pk = :pk AND sk <= :until",
    ExpressionAttributeValues: { ":pk": timersKey(key), ":until": dueId(untilMs, LAST) },
    ConsistentRead: true,
    Limit: limit,
  };
  for await (const items of queryPages(db, query, MORE)) {
    found.push(...items.flatMap((item) => timerOf(item) ?? []));
    if (found.length >= limit) break;
  }
  return found.slice(0, limit);
}
