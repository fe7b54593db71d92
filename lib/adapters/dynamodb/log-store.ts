import { randomUUID } from "node:crypto";
import { GetCommand, PutCommand, QueryCommand, TransactWriteCommand } from "@aws-sdk/lib-dynamodb";
import { Throttled } from "../../domain/errors.js";
import type { AppendOutcome, LogStore } from "../../domain/ports/log-store.js";
import type { Slot } from "../../domain/slot.js";
import { type PartitionRef, type TopicRef, partitionKey } from "../../domain/topic.js";
import type { DynamoDb } from "./client.js";
import {
  cancellationReasons,
  failedCondition,
  isTransactionConflict,
  toDomainError,
  translated,
} from "./errors.js";
import { TAIL_NAMES, TAIL_PROJECTION, slotItem, slotOf, tailOf } from "./slot-item.js";

const CONFLICT_ATTEMPTS = 5;
const CONFLICT_RETRY_MS = 100;

const anchorsKey = ({ name, uid }: TopicRef): string => `anchors#${name}#${uid}`;
const anchorKey = ({ topic, partition }: PartitionRef) => ({
  pk: anchorsKey(topic),
  sk: String(partition).padStart(3, "0"),
});

/** Who holds the place: the writer itself, whose answer was lost, or somebody else. */
function outcomeOf(slot: Slot, item: Record<string, unknown> | undefined): AppendOutcome {
  if (item?.nonce === slot.nonce) return { kind: "stored" };
  return { kind: "lost", winner: tailOf(item ?? { base: slot.base }) };
}

/** The log table: one item a slot, key `topic#uid#partition` and base offset. */
export function dynamoDbLogStore({ client, tables }: DynamoDb): LogStore {
  const last = async (partition: PartitionRef, atMost: number | undefined, projected: boolean) => {
    const { Items = [] } = await client.send(
      new QueryCommand({
        TableName: tables.log,
        KeyConditionExpression: atMost === undefined ? "pk = :pk" : "pk = :pk AND #base <= :at",
        ExpressionAttributeValues: {
          ":pk": partitionKey(partition),
          ...(atMost === undefined ? {} : { ":at": atMost }),
        },
        ...(projected ? { ProjectionExpression: TAIL_PROJECTION, ExpressionAttributeNames: TAIL_NAMES } : {}),
        ...(!projected && atMost !== undefined ? { ExpressionAttributeNames: { "#base": "base" } } : {}),
        ScanIndexForward: false,
        ConsistentRead: true,
        Limit: 1,
      }),
    );
    return Items[0];
  };
  return {
    append: (partition, slot, anchorVersion) =>
      anchorVersion === undefined
        ? appendPlain({ client, tables }, partition, slot)
        : appendAnchored({ client, tables }, partition, slot, anchorVersion),
    tail: (partition) =>
      translated("reading a tail", async () => {
        const item = await last(partition, undefined, true);
        return item && tailOf(item);
      }),
    anchorVersion: (partition) =>
      translated("reading an anchor", async () => {
        const { Item } = await client.send(
          new GetCommand({ TableName: tables.state, Key: anchorKey(partition), ConsistentRead: true }),
        );
        return typeof Item?.v === "number" ? Item.v : 0;
      }),
    partitionsInUse: (topic) =>
      translated("reading anchors", async () => {
        const { Items = [] } = await client.send(
          new QueryCommand({
            TableName: tables.state,
            KeyConditionExpression: "pk = :pk",
            ExpressionAttributeValues: { ":pk": anchorsKey(topic) },
            ConsistentRead: true,
          }),
        );
        return Items.map(({ sk }) => Number(sk));
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
        return { slots: Items.map(slotOf), more: LastEvaluatedKey !== undefined };
      }),
    slotAt: (partition, offset) =>
      translated("looking up a slot", async () => {
        const item = await last(partition, offset, false);
        return item && slotOf(item);
      }),
  };
}

const FREE_PLACE = "attribute_not_exists(pk)";

async function appendPlain(
  { client, tables }: DynamoDb,
  partition: PartitionRef,
  slot: Slot,
): Promise<AppendOutcome> {
  for (let attempt = 1; attempt <= CONFLICT_ATTEMPTS; attempt++) {
    try {
      await client.send(
        new PutCommand({
          TableName: tables.log,
          Item: slotItem(partition, slot),
          ConditionExpression: FREE_PLACE,
          ReturnValuesOnConditionCheckFailure: "ALL_OLD",
        }),
      );
      return { kind: "stored" };
    } catch (error) {
      const failed = failedCondition(error);
      if (failed) return outcomeOf(slot, failed.item);
      if (!isTransactionConflict(error)) throw toDomainError(error, "append");
    }
  }
  throw new Throttled("append", CONFLICT_RETRY_MS);
}

async function appendAnchored(
  { client, tables }: DynamoDb,
  partition: PartitionRef,
  slot: Slot,
  anchorVersion: number,
): Promise<AppendOutcome> {
  const put = {
    TableName: tables.log,
    Item: slotItem(partition, slot),
    ConditionExpression: FREE_PLACE,
    ReturnValuesOnConditionCheckFailure: "ALL_OLD" as const,
  };
  const bump = {
    TableName: tables.state,
    Item: { ...anchorKey(partition), v: anchorVersion + 1 },
    ConditionExpression: anchorVersion === 0 ? FREE_PLACE : "v = :v",
    ...(anchorVersion === 0 ? {} : { ExpressionAttributeValues: { ":v": anchorVersion } }),
  };
  const token = randomUUID();
  for (let attempt = 1; attempt <= CONFLICT_ATTEMPTS; attempt++) {
    try {
      await client.send(
        new TransactWriteCommand({ ClientRequestToken: token, TransactItems: [{ Put: put }, { Put: bump }] }),
      );
      return { kind: "stored" };
    } catch (error) {
      const [place, anchor] = cancellationReasons(error) ?? [];
      if (place?.code === "ConditionalCheckFailed") return outcomeOf(slot, place.item);
      if (anchor?.code === "ConditionalCheckFailed") return { kind: "anchor-moved" };
      if (!isTransactionConflict(error)) throw toDomainError(error, "append");
    }
  }
  throw new Throttled("append", CONFLICT_RETRY_MS);
}
