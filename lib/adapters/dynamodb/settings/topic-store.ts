import { randomUUID } from "node:crypto";
import { GetCommand, PutCommand, UpdateCommand } from "../commands.js";
import type { TopicStore } from "../../../domain/ports/topic-store.js";
import type { Topic, TopicRef } from "../../../domain/topic.js";
import type { DynamoDb } from "../client.js";
import { pastConflicts } from "../conflicts.js";
import { failedCondition, toDomainError, translated } from "../errors.js";
import { garbageItem } from "../items/garbage-item.js";
import {
  IS_READABLE,
  IS_READABLE_VALUES,
  KEEP_FORMAT,
  KEEP_FORMAT_VALUES,
  atVersion,
  hasVersion,
} from "../items/format.js";
import { TOPICS, tombstoneItem, topicItem, topicOf } from "../items/topic-item.js";
import { pageOf } from "../pages.js";
import { transact } from "./transact.js";

/**
 * Topics in the state table: key `topics` and name. A deleted topic leaves a tombstone for a while. `w` is the id of
 * the last write, by which a writer whose response was lost recognizes its own.
 */
export function dynamoDbTopicStore(db: DynamoDb): TopicStore {
  return {
    create: (topic) => create(db, topic),
    get: async (name) => topicOf(await itemOf(db, name)),
    getCounted: async (name) => {
      const item = await itemOf(db, name);
      const topic = topicOf(item);
      const [subscriptions, subscriptionChanges] = [Number(item?.subs ?? 0), Number(item?.changes ?? 0)];
      return topic && { topic, subscriptions, subscriptionChanges };
    },
    list: (page) => pageOf(db, { pk: TOPICS, read: topicOf }, page),
    update: (topic) => update(db, topic),
    delete: (topic, deletedAtMs, tombstoneUntilMs, version) =>
      remove(db, topic, deletedAtMs, tombstoneUntilMs, version),
  };
}

const itemOf = (db: DynamoDb, name: string): Promise<Record<string, unknown> | undefined> =>
  translated("reading a topic", async () => {
    const Key = { pk: TOPICS, sk: name };
    const get = new GetCommand({ TableName: db.tables.state, Key, ConsistentRead: true });
    return (await db.client.send(get)).Item;
  });

async function create({ client, tables }: DynamoDb, topic: Topic): ReturnType<TopicStore["create"]> {
  const put = new PutCommand({
    TableName: tables.state,
    Item: topicItem(topic),
    ConditionExpression: `attribute_not_exists(pk) OR (tombstoneUntil <= :now AND ${IS_READABLE})`,
    ExpressionAttributeValues: { ":now": topic.createdAtMs, ...IS_READABLE_VALUES },
    ReturnValuesOnConditionCheckFailure: "ALL_OLD",
  });
  try {
    await pastConflicts(() => client.send(put));
    return { kind: "created" };
  } catch (error) {
    const failed = failedCondition(error);
    if (!failed) throw toDomainError(error, "creating a topic");
    const there = topicOf(failed.item);
    if (!there) return { kind: "just-deleted", untilMs: Number(failed.item?.tombstoneUntil ?? 0) };
    return there.uid === topic.uid ? { kind: "created" } : { kind: "exists", topic: there };
  }
}

async function update({ client, tables }: DynamoDb, topic: Topic): ReturnType<TopicStore["update"]> {
  const writer = randomUUID();
  const isOld = hasVersion(topic.version - 1);
  const change = new UpdateCommand({
    TableName: tables.state,
    Key: { pk: TOPICS, sk: topic.name },
    UpdateExpression: `SET topic = :topic, v = :next, w = :w, ${KEEP_FORMAT}`,
    ConditionExpression: `uid = :uid AND ${isOld.ConditionExpression}`,
    ExpressionAttributeValues: {
      ...isOld.ExpressionAttributeValues,
      ...KEEP_FORMAT_VALUES,
      ":topic": topic,
      ":next": topic.version,
      ":w": writer,
      ":uid": topic.uid,
    },
    ReturnValuesOnConditionCheckFailure: "ALL_OLD",
  });
  try {
    await pastConflicts(() => client.send(change));
    return "updated";
  } catch (error) {
    const failed = failedCondition(error);
    if (!failed) throw toDomainError(error, "changing a topic");
    return failed.item?.w === writer ? "updated" : "conflict";
  }
}

async function remove(
  db: DynamoDb,
  { name, uid }: TopicRef,
  deletedAtMs: number,
  tombstoneUntilMs: number,
  version: number | undefined,
): ReturnType<TopicStore["delete"]> {
  const TableName = db.tables.state;
  const isVersion = atVersion(version);
  const reasons = await transact(db, "deleting a topic", [
    {
      Put: {
        TableName,
        Item: tombstoneItem(name, tombstoneUntilMs),
        ConditionExpression: `uid = :uid AND subs = :none AND ${isVersion.ConditionExpression}`,
        ExpressionAttributeValues: { ":uid": uid, ":none": 0, ...isVersion.ExpressionAttributeValues },
        ReturnValuesOnConditionCheckFailure: "ALL_OLD",
      },
    },
    { Put: { TableName, Item: garbageItem({ kind: "topic", topic: { name, uid }, deletedAtMs }) } },
  ]);
  if (!reasons) return "deleted";
  const there = topicOf(reasons[0]?.item);
  if (there?.uid !== uid) return "gone";
  return version === undefined || there.version === version ? "has-subscriptions" : "changed";
}
