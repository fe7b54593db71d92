import { randomUUID } from "node:crypto";
import {
  DeleteCommand,
  GetCommand,
  TransactWriteCommand,
  type TransactWriteCommandInput,
  UpdateCommand,
} from "@aws-sdk/lib-dynamodb";
import { Contended } from "../../domain/errors.js";
import type { SubscriptionStore } from "../../domain/ports/subscription-store.js";
import { type Subscription, type SubscriptionRef, subscriptionKey } from "../../domain/subscription.js";
import type { TopicRef } from "../../domain/topic.js";
import type { DynamoDb } from "./client.js";
import {
  type CancellationReason,
  cancellationReasons,
  failedCondition,
  isTransactionConflict,
  toDomainError,
  translated,
} from "./errors.js";
import { pageOf } from "./pages.js";
import { TOPICS } from "./topic-store.js";

const GARBAGE = "garbage";
const CONFLICT_ATTEMPTS = 10;

const collectionOf = ({ name, uid }: TopicRef): string => `subscriptions#${name}#${uid}`;
const subscriptionOf = (item: Record<string, unknown> | undefined) => item?.sub as Subscription | undefined;
const refOf = ({ topic, name, uid }: SubscriptionRef): SubscriptionRef => ({
  topic: { name: topic.name, uid: topic.uid },
  name,
  uid,
});

/** The subscriptions in the state table: key `subscriptions#topic#uid`, name. Their number is kept on their topic. */
export function dynamoDbSubscriptionStore(db: DynamoDb): SubscriptionStore {
  const { client, tables } = db;
  const TableName = tables.state;
  const count = (topic: TopicRef, change: 1 | -1) => ({
    Update: {
      TableName,
      Key: { pk: TOPICS, sk: topic.name },
      UpdateExpression: "ADD subs :change",
      ConditionExpression: "uid = :uid",
      ExpressionAttributeValues: { ":change": change, ":uid": topic.uid },
    },
  });
  return {
    create: async (subscription) => {
      const { topic, name, uid, version } = subscription;
      const reasons = await transact(db, "creating a subscription", [
        {
          Put: {
            TableName,
            Item: {
              pk: collectionOf(topic),
              sk: name,
              uid,
              v: version,
              sub: { ...subscription, ...refOf(subscription) },
            },
            ConditionExpression: "attribute_not_exists(pk)",
            ReturnValuesOnConditionCheckFailure: "ALL_OLD",
          },
        },
        count(topic, 1),
      ]);
      const [put] = reasons ?? [];
      if (!reasons) return { kind: "created" };
      const there = put?.code === "ConditionalCheckFailed" ? subscriptionOf(put.item) : undefined;
      if (!there) return { kind: "topic-gone" };
      return there.uid === uid ? { kind: "created" } : { kind: "exists", subscription: there };
    },
    get: (topic, name) =>
      translated("reading a subscription", async () => {
        const key = { pk: collectionOf(topic), sk: name };
        const { Item } = await client.send(new GetCommand({ TableName, Key: key, ConsistentRead: true }));
        return subscriptionOf(Item);
      }),
    list: (topic, page) => pageOf(db, { pk: collectionOf(topic), read: subscriptionOf }, page),
    update: async (subscription) => {
      const { topic, name, uid, version } = subscription;
      try {
        await client.send(
          new UpdateCommand({
            TableName,
            Key: { pk: collectionOf(topic), sk: name },
            UpdateExpression: "SET #sub = :sub, v = :next",
            ConditionExpression: "uid = :uid AND v = :v",
            ExpressionAttributeNames: { "#sub": "sub" },
            ExpressionAttributeValues: {
              ":sub": subscription,
              ":next": version,
              ":uid": uid,
              ":v": version - 1,
            },
          }),
        );
        return "updated";
      } catch (error) {
        if (failedCondition(error)) return "conflict";
        throw toDomainError(error, "changing a subscription");
      }
    },
    delete: async (subscription) => {
      const { topic, name, uid } = subscription;
      const reasons = await transact(db, "deleting a subscription", [
        {
          Delete: {
            TableName,
            Key: { pk: collectionOf(topic), sk: name },
            ConditionExpression: "uid = :uid",
            ExpressionAttributeValues: { ":uid": uid },
          },
        },
        count(topic, -1),
        {
          Put: {
            TableName,
            Item: { pk: GARBAGE, sk: subscriptionKey(subscription), ref: refOf(subscription) },
          },
        },
      ]);
      return reasons ? "gone" : "deleted";
    },
    garbage: async (limit) =>
      (await pageOf(db, { pk: GARBAGE, read: (item) => item.ref as SubscriptionRef }, { limit })).items,
    forget: (subscription) =>
      translated("forgetting a subscription", async () => {
        await client.send(
          new DeleteCommand({ TableName, Key: { pk: GARBAGE, sk: subscriptionKey(subscription) } }),
        );
      }),
  };
}

/** All of `items` or none: undefined if they went through, else why each did not. */
async function transact(
  { client }: DynamoDb,
  during: string,
  items: NonNullable<TransactWriteCommandInput["TransactItems"]>,
): Promise<readonly CancellationReason[] | undefined> {
  const token = randomUUID();
  for (let attempt = 1; attempt <= CONFLICT_ATTEMPTS; attempt++) {
    try {
      await client.send(new TransactWriteCommand({ ClientRequestToken: token, TransactItems: items }));
      return undefined;
    } catch (error) {
      const reasons = cancellationReasons(error);
      if (reasons?.some(({ code }) => code === "ConditionalCheckFailed")) return reasons;
      if (!isTransactionConflict(error)) throw toDomainError(error, during);
    }
  }
  throw new Contended(during);
}
