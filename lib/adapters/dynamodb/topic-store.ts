import { GetCommand, PutCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import type { TopicStore } from "../../domain/ports/topic-store.js";
import type { Topic } from "../../domain/topic.js";
import type { DynamoDb } from "./client.js";
import { failedCondition, toDomainError, translated } from "./errors.js";
import { pageOf } from "./pages.js";

export const TOPICS = "topics";

/** The settings lie in one attribute, so that a new one needs no new expression; what conditions look at lies beside. */
const topicOf = (item: Record<string, unknown> | undefined): Topic | undefined =>
  item?.topic as Topic | undefined;

/** The topics in the state table: key `topics`, name. A deleted one leaves a tombstone for a while. */
export function dynamoDbTopicStore(db: DynamoDb): TopicStore {
  const { client, tables } = db;
  const TableName = tables.state;
  return {
    create: async (topic) => {
      try {
        await client.send(
          new PutCommand({
            TableName,
            Item: { pk: TOPICS, sk: topic.name, uid: topic.uid, v: topic.version, subs: 0, topic },
            ConditionExpression: "attribute_not_exists(pk) OR tombstoneUntil <= :now",
            ExpressionAttributeValues: { ":now": topic.createdAtMs },
            ReturnValuesOnConditionCheckFailure: "ALL_OLD",
          }),
        );
        return { kind: "created" };
      } catch (error) {
        const failed = failedCondition(error);
        if (!failed) throw toDomainError(error, "creating a topic");
        const there = topicOf(failed.item);
        if (!there) return { kind: "just-deleted", untilMs: Number(failed.item?.tombstoneUntil ?? 0) };
        return there.uid === topic.uid ? { kind: "created" } : { kind: "exists", topic: there };
      }
    },
    get: (name) =>
      translated("reading a topic", async () => {
        const { Item } = await client.send(
          new GetCommand({ TableName, Key: { pk: TOPICS, sk: name }, ConsistentRead: true }),
        );
        return topicOf(Item);
      }),
    list: (page) => pageOf(db, { pk: TOPICS, read: topicOf }, page),
    update: async (topic) => {
      try {
        await client.send(
          new UpdateCommand({
            TableName,
            Key: { pk: TOPICS, sk: topic.name },
            UpdateExpression: "SET topic = :topic, v = :next",
            ConditionExpression: "uid = :uid AND v = :v",
            ExpressionAttributeValues: {
              ":topic": topic,
              ":next": topic.version,
              ":uid": topic.uid,
              ":v": topic.version - 1,
            },
          }),
        );
        return "updated";
      } catch (error) {
        if (failedCondition(error)) return "conflict";
        throw toDomainError(error, "changing a topic");
      }
    },
    delete: async ({ name, uid }, tombstoneUntilMs) => {
      try {
        await client.send(
          new PutCommand({
            TableName,
            Item: {
              pk: TOPICS,
              sk: name,
              tombstoneUntil: tombstoneUntilMs,
              expiresAt: Math.ceil(tombstoneUntilMs / 1_000),
            },
            ConditionExpression: "uid = :uid AND subs = :none",
            ExpressionAttributeValues: { ":uid": uid, ":none": 0 },
            ReturnValuesOnConditionCheckFailure: "ALL_OLD",
          }),
        );
        return "deleted";
      } catch (error) {
        const failed = failedCondition(error);
        if (!failed) throw toDomainError(error, "deleting a topic");
        return topicOf(failed.item)?.uid === uid ? "has-subscriptions" : "gone";
      }
    },
  };
}
