import { DeleteCommand, PutCommand, QueryCommand } from "@aws-sdk/lib-dynamodb";
import type { TimerStore } from "../../domain/ports/timer-store.js";
import { dueId } from "../../domain/progress/records.js";
import { type SubscriptionRef, subscriptionKey } from "../../domain/subscription.js";
import type { DynamoDb } from "./client.js";
import { translated } from "./errors.js";
import { refOf } from "./items/subscription-item.js";
import type { Timer } from "../../domain/timer.js";

const TIMERS = "timers";
const keyOf = ({ dueMs, subscription }: Timer) => ({
  pk: TIMERS,
  sk: dueId(dueMs, subscriptionKey(subscription)),
});

/** The timers in the state table, sorted by when they are due. */
export function dynamoDbTimerStore({ client, tables }: DynamoDb): TimerStore {
  const TableName = tables.state;
  return {
    set: (timer) =>
      translated("setting a timer", async () => {
        const { dueMs, subscription } = timer;
        await client.send(
          new PutCommand({ TableName, Item: { ...keyOf(timer), due: dueMs, ref: refOf(subscription) } }),
        );
      }),
    due: (untilMs, limit) =>
      translated("reading timers", async () => {
        const { Items = [] } = await client.send(
          new QueryCommand({
            TableName,
            KeyConditionExpression: "pk = :pk AND sk <= :until",
            // `~` sorts behind every character of a key: all timers of that very millisecond are in.
            ExpressionAttributeValues: { ":pk": TIMERS, ":until": dueId(untilMs, "~") },
            ConsistentRead: true,
            Limit: limit,
          }),
        );
        return Items.map(({ due, ref }): Timer => ({
          dueMs: Number(due),
          subscription: ref as SubscriptionRef,
        }));
      }),
    remove: (timer) =>
      translated("removing a timer", async () => {
        await client.send(new DeleteCommand({ TableName, Key: keyOf(timer) }));
      }),
  };
}
