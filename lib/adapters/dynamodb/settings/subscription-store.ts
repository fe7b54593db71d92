import { GetCommand, PutCommand } from "../commands.js";
import type { SubscriptionStore } from "../../../domain/ports/subscription-store.js";
import type { Roster } from "../../../domain/roster.js";
import type { Subscription, SubscriptionRef } from "../../../domain/subscription.js";
import type { TopicRef } from "../../../domain/topic.js";
import type { WebhookSecrets } from "../../../domain/webhook/secrets.js";
import type { DynamoDb } from "../client.js";
import { conditionally } from "../conditionally.js";
import { translated } from "../errors.js";
import { garbageItem } from "../items/garbage-item.js";
import { pageOf } from "../pages.js";
import { subscriptionItem, subscriptionOf, subscriptionsKey } from "../items/subscription-item.js";
import {
  FORMAT,
  IS_READABLE,
  IS_READABLE_VALUES,
  KEEP_FORMAT,
  atVersion,
  hasVersion,
  readable,
} from "../items/format.js";
import { ITEM_LIMIT_BYTES, itemBytes } from "../items/item-size.js";
import { rosterItem, rosterKey, rosterOf } from "../items/roster-item.js";
import { secretsItem, secretsKey, secretsOf } from "../items/secrets-item.js";
import { TOPICS } from "../items/topic-item.js";
import { transact } from "./transact.js";

/** Subscriptions in the state table: key `subscriptions#topic#uid` and name. Their topic's item counts them. */
export function dynamoDbSubscriptionStore(db: DynamoDb): SubscriptionStore {
  const { client, tables } = db;
  const TableName = tables.state;
  return {
    create: (subscription, secrets) => create(db, subscription, secrets),
    get: (topic, name) =>
      translated("reading a subscription", async () => {
        const key = { pk: subscriptionsKey(topic), sk: name };
        const { Item } = await client.send(new GetCommand({ TableName, Key: key, ConsistentRead: true }));
        return subscriptionOf(Item);
      }),
    list: (topic, page) => pageOf(db, { pk: subscriptionsKey(topic), read: subscriptionOf }, page),
    secrets: (subscription) =>
      translated("reading a webhook's secrets", async () => {
        const get = new GetCommand({ TableName, Key: secretsKey(subscription), ConsistentRead: true });
        return secretsOf((await client.send(get)).Item);
      }),
    update: (subscription, secrets) => update(db, subscription, secrets),
    delete: (subscription, deletedAtMs, version) => remove(db, subscription, deletedAtMs, version),
    roster: (topic) =>
      translated("reading a roster", async () => {
        const get = new GetCommand({ TableName, Key: rosterKey(topic), ConsistentRead: false });
        return rosterOf((await client.send(get)).Item);
      }),
    keepRoster: (topic, roster) => keepRoster(db, topic, roster),
  };
}

/** Updates the topic's counts of subscriptions and of their changes, if the topic is still the same one. */
const count = (TableName: string, topic: TopicRef, more: 1 | 0 | -1) => ({
  Update: {
    TableName,
    Key: { pk: TOPICS, sk: topic.name },
    UpdateExpression: "ADD subs :more, changes :one",
    ConditionExpression: `uid = :uid AND ${IS_READABLE}`,
    ExpressionAttributeValues: { ":more": more, ":one": 1, ":uid": topic.uid, ...IS_READABLE_VALUES },
    ReturnValuesOnConditionCheckFailure: "ALL_OLD" as const,
  },
});

async function keepRoster(
  { client, tables }: DynamoDb,
  topic: TopicRef,
  roster: Roster,
): ReturnType<SubscriptionStore["keepRoster"]> {
  const Item = await rosterItem(topic, roster);
  if (itemBytes(Item) > ITEM_LIMIT_BYTES) return "not-kept";
  const put = new PutCommand({
    TableName: tables.state,
    Item,
    ConditionExpression: `(attribute_not_exists(n) OR n <= :n) AND ${IS_READABLE}`,
    ExpressionAttributeValues: { ":n": roster.changes, ...IS_READABLE_VALUES },
  });
  return (await conditionally("keeping a roster", () => client.send(put))) ? "kept" : "not-kept";
}

/** Replaces them whatever is there: the subscription's own condition decides for both. */
const putSecrets = (TableName: string, subscription: SubscriptionRef, secrets: WebhookSecrets | undefined) =>
  secrets ? [{ Put: { TableName, Item: secretsItem(subscription, secrets) } }] : [];

async function create(
  db: DynamoDb,
  subscription: Subscription,
  secrets: WebhookSecrets | undefined,
): ReturnType<SubscriptionStore["create"]> {
  const TableName = db.tables.state;
  const reasons = await transact(db, "creating a subscription", [
    {
      Put: {
        TableName,
        Item: subscriptionItem(subscription),
        ConditionExpression: "attribute_not_exists(pk)",
        ReturnValuesOnConditionCheckFailure: "ALL_OLD",
      },
    },
    count(TableName, subscription.topic, 1),
    ...putSecrets(TableName, subscription, secrets),
  ]);
  if (!reasons) return { kind: "created" };
  const there = subscriptionOf(reasons[0]?.item);
  if (!there) return { kind: "topic-gone" };
  return there.uid === subscription.uid ? { kind: "created" } : { kind: "exists", subscription: there };
}

async function update(
  db: DynamoDb,
  subscription: Subscription,
  secrets: WebhookSecrets | undefined,
): ReturnType<SubscriptionStore["update"]> {
  const TableName = db.tables.state;
  const { pk, sk, f, sub, uid, v } = subscriptionItem(subscription);
  const isOld = hasVersion(v - 1);
  const reasons = await transact(db, "changing a subscription", [
    {
      Update: {
        TableName,
        Key: { pk, sk },
        UpdateExpression: `SET #sub = :sub, v = :next, ${f === FORMAT ? KEEP_FORMAT : "f = :format"}`,
        ConditionExpression: `uid = :uid AND ${isOld.ConditionExpression}`,
        ExpressionAttributeNames: { "#sub": "sub" },
        ExpressionAttributeValues: {
          ...isOld.ExpressionAttributeValues,
          ":format": f,
          ":sub": sub,
          ":next": v,
          ":uid": uid,
        },
        ReturnValuesOnConditionCheckFailure: "ALL_OLD",
      },
    },
    count(TableName, subscription.topic, 0),
    ...putSecrets(TableName, subscription, secrets),
  ]);
  if (!reasons) return "updated";
  // A newer release's item is refused, and is no conflict.
  readable(reasons[0]?.item);
  return "conflict";
}

async function remove(
  db: DynamoDb,
  subscription: SubscriptionRef,
  deletedAtMs: number,
  version: number | undefined,
): ReturnType<SubscriptionStore["delete"]> {
  const { topic, name, uid } = subscription;
  const isVersion = atVersion(version);
  const TableName = db.tables.state;
  const reasons = await transact(db, "deleting a subscription", [
    {
      Delete: {
        TableName,
        Key: { pk: subscriptionsKey(topic), sk: name },
        ConditionExpression: `uid = :uid AND ${isVersion.ConditionExpression}`,
        ExpressionAttributeValues: { ":uid": uid, ...isVersion.ExpressionAttributeValues },
        ReturnValuesOnConditionCheckFailure: "ALL_OLD",
      },
    },
    count(TableName, topic, -1),
    { Put: { TableName, Item: garbageItem({ kind: "subscription", subscription, deletedAtMs }) } },
    { Delete: { TableName, Key: secretsKey(subscription) } },
  ]);
  if (!reasons) return "deleted";
  const there = subscriptionOf(reasons[0]?.item);
  if (there?.uid !== uid) return "gone";
  return version === undefined || there.version === version ? "gone" : "changed";
}
