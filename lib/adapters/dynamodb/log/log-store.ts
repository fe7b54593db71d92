import { GetCommand, QueryCommand, type QueryCommandInput } from "@aws-sdk/lib-dynamodb";
import type { LogStore } from "../../../domain/ports/log-store.js";
import { partitionKey } from "../../../domain/topic.js";
import { appendAlone, appendTogether } from "./append.js";
import type { DynamoDb } from "../client.js";
import { translated } from "../errors.js";
import { anchorKey, anchorVersionOf, anchoredPartition, anchorsKey } from "../items/anchor-item.js";
import { TAIL_NAMES, TAIL_PROJECTION, slotOf, slotsOf, tailOf } from "../items/slot-item.js";
import { purge } from "../purge.js";

/** One for each partition. */
const ANCHORS_AT_MOST = 256;

/**
 * The log table holds one item for each slot, with the key `topic#uid#partition` and the base offset. Anchors are in
 * the state table.
 */
export function dynamoDbLogStore(db: DynamoDb): LogStore {
  const { client, tables } = db;
  return {
    append: (partition, slot, options = {}) =>
      options.anchorVersion === undefined && !options.beside?.length
        ? appendAlone(db, partition, slot)
        : appendTogether(db, partition, slot, options),
    tail: (partition) =>
      translated("reading a tail", async () => {
        const item = await last(db, {
          KeyConditionExpression: "pk = :pk",
          ExpressionAttributeValues: { ":pk": partitionKey(partition) },
          ProjectionExpression: TAIL_PROJECTION,
          ExpressionAttributeNames: TAIL_NAMES,
        });
        return item && tailOf(item);
      }),
    anchorVersion: (partition) =>
      translated("reading an anchor", async () => {
        const { Item } = await client.send(
          new GetCommand({ TableName: tables.state, Key: anchorKey(partition), ConsistentRead: true }),
        );
        return anchorVersionOf(Item);
      }),
    partitionsInUse: (topic) =>
      translated("reading anchors", async () => {
        // One page is enough: a topic has at most 256 partitions, and an anchor takes about 100 bytes.
        const { Items = [] } = await client.send(
          new QueryCommand({
            TableName: tables.state,
            KeyConditionExpression: "pk = :pk",
            ExpressionAttributeValues: { ":pk": anchorsKey(topic) },
            ConsistentRead: true,
          }),
        );
        return Items.map(anchoredPartition);
      }),
    read: (partition, from, limit, options = {}) =>
      translated("reading the log", async () => {
        const { Items = [], LastEvaluatedKey } = await client.send(
          new QueryCommand({
            TableName: tables.log,
            KeyConditionExpression: "pk = :pk AND #base >= :from",
            ExpressionAttributeNames: { "#base": "base" },
            ExpressionAttributeValues: { ":pk": partitionKey(partition), ":from": from },
            ConsistentRead: options.consistent ?? false,
            Limit: limit,
          }),
        );
        const slots = slotsOf(Items);
        return { slots, more: LastEvaluatedKey !== undefined || slots.length < Items.length };
      }),
    purge: (topic) => translated("purging anchors", () => purge(db, anchorsKey(topic), ANCHORS_AT_MOST)),
    slotAt: (partition, offset) =>
      translated("looking up a slot", async () => {
        const item = await last(db, {
          KeyConditionExpression: "pk = :pk AND #base <= :at",
          ExpressionAttributeNames: { "#base": "base" },
          ExpressionAttributeValues: { ":pk": partitionKey(partition), ":at": offset },
        });
        return item && slotOf(item);
      }),
  };
}

/** The last slot that `query` matches. */
async function last(
  { client, tables }: DynamoDb,
  query: Omit<QueryCommandInput, "TableName">,
): Promise<Record<string, unknown> | undefined> {
  const { Items = [] } = await client.send(
    new QueryCommand({
      ...query,
      TableName: tables.log,
      ScanIndexForward: false,
      ConsistentRead: true,
      Limit: 1,
    }),
  );
  return Items[0];
}
