import {
  DeleteCommand,
  GetCommand,
  PutCommand,
  QueryCommand,
  type QueryCommandInput,
  UpdateCommand,
} from "../commands.js";
import { versionAfter } from "../../../domain/anchor.js";
import type { LogStore } from "../../../domain/ports/log-store.js";
import { PARTITIONS_AT_MOST, partitionKey } from "../../../domain/topic.js";
import { anchorHas, appendAlone, appendTogether } from "./append.js";
import type { DynamoDb } from "../client.js";
import { conditionally } from "../conditionally.js";
import { pastConflicts } from "../conflicts.js";
import { failedCondition, toDomainError, translated } from "../errors.js";
import { claimPut, recordValueOf } from "../items/record-item.js";
import {
  anchorItem,
  anchorKey,
  anchorOf,
  anchorVersionOf,
  anchorsKey,
  notedTail,
} from "../items/anchor-item.js";
import { hasVersion } from "../items/format.js";
import { TAIL_NAMES, TAIL_PROJECTION, slotOf, slotsOf, tailOf } from "../items/slot-item.js";
import { purge } from "../purge.js";

/**
 * The log table holds one item for each slot, with the key `topic#uid#partition` and the base offset. Anchors are in
 * the state table.
 */
export function dynamoDbLogStore(db: DynamoDb): LogStore {
  const { client, tables } = db;
  return {
    ...anchorsIn(db),
    append: (partition, slot, options = {}) =>
      options.anchorVersion === undefined && !options.beside?.length
        ? appendAlone(db, partition, slot)
        : appendTogether(db, partition, slot, options),
    // Loaded with the first call: most functions never publish all or nothing, nor erase anything.
    appendAll: async (all) => await (await import("./append-all.js")).appendAll(db, all),
    replace: async (partition, before, slot) =>
      await (await import("./replace.js")).replaceSlot(db, partition, before, slot),
    claim: async (claim, nowMs) => {
      const put = new PutCommand({ TableName: tables.state, ...claimPut(claim, nowMs) });
      try {
        await pastConflicts(() => client.send(put));
        return undefined;
      } catch (error) {
        const failed = failedCondition(error);
        if (!failed) throw toDomainError(error, "claiming a record");
        const value = recordValueOf(failed.item);
        // Its first answer was lost.
        if (failed.afterLostAnswer && value === claim.value) return undefined;
        return value === undefined ? {} : { value };
      }
    },
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

/** Shows what is in the way, so that one of a newer release is told apart. */
const stillHas = (version: number) => ({
  ...hasVersion(version),
  ReturnValuesOnConditionCheckFailure: "ALL_OLD" as const,
});

type Anchors = Pick<LogStore, "anchorVersion" | "anchors" | "noteTail" | "raise" | "retire" | "purge">;

/** The anchors, in the state table. */
const anchorsIn = (db: DynamoDb): Anchors => {
  const { client, tables } = db;
  return {
    anchorVersion: (partition) =>
      translated("reading an anchor", async () => {
        const { Item } = await client.send(
          new GetCommand({ TableName: tables.state, Key: anchorKey(partition), ConsistentRead: true }),
        );
        return anchorVersionOf(Item);
      }),
    anchors: (topic, options = {}) =>
      translated("reading anchors", async () => {
        // One page: a topic has 256 partitions at the most, and an anchor some 200 bytes.
        const { Items = [] } = await client.send(
          new QueryCommand({
            TableName: tables.state,
            KeyConditionExpression: "pk = :pk",
            ExpressionAttributeValues: { ":pk": anchorsKey(topic) },
            ConsistentRead: options.consistent ?? false,
          }),
        );
        return new Map(Items.map(anchorOf));
      }),
    noteTail: async (partition, version, tail) => {
      const { ExpressionAttributeValues, ...isStill } = stillHas(version);
      const note = new UpdateCommand({
        TableName: tables.state,
        Key: anchorKey(partition),
        UpdateExpression: "SET tail = :tail",
        ...isStill,
        ExpressionAttributeValues: { ...ExpressionAttributeValues, ":tail": notedTail(tail) },
      });
      await conditionally("noting a tail", () => client.send(note));
    },
    raise: async (partition, version, nowMs) => {
      const Item = anchorItem(partition, versionAfter(version, nowMs));
      const put = new PutCommand({ TableName: tables.state, Item, ...anchorHas(version) });
      await conditionally("raising an anchor", () => client.send(put));
    },
    retire: async (partition, version) => {
      const Key = anchorKey(partition);
      const removal = new DeleteCommand({ TableName: tables.state, Key, ...stillHas(version) });
      await conditionally("retiring an anchor", () => client.send(removal));
    },
    purge: (topic) => translated("purging anchors", () => purge(db, anchorsKey(topic), PARTITIONS_AT_MOST)),
  };
};

/** The last slot of those that `query` names. */
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
