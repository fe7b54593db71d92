import {
  BatchWriteCommand,
  DeleteCommand,
  GetCommand,
  QueryCommand,
  UpdateCommand,
} from "@aws-sdk/lib-dynamodb";
import type { ProgressStore } from "../../domain/ports/progress-store.js";
import { type Due, type SetAside, dueId, openSpans, spanLength } from "../../domain/progress.js";
import { type SubscriptionRef, subscriptionKey } from "../../domain/subscription.js";
import type { DynamoDb } from "./client.js";
import {
  ASIDE_PREFIX,
  CURSOR_PREFIX,
  DUE_PREFIX,
  cursorOf,
  cursorSortKey,
  dueOf,
  dueSortKey,
  dueUntilSortKey,
} from "./due-item.js";
import { failedCondition, toDomainError, translated } from "./errors.js";
import { move } from "./move.js";
import { pageOf } from "./pages.js";

const BATCH_LIMIT = 25;
/** What a look at a subscription's state counts at the most. */
const TOTALS_PAGES = 10;

export const progressKey = (subscription: SubscriptionRef): string =>
  `progress#${subscriptionKey(subscription)}`;

/** Cursors, leases and retries in the state table: one item collection a subscription. */
export function dynamoDbProgressStore(db: DynamoDb): ProgressStore {
  const { client, tables } = db;
  const TableName = tables.state;
  const getItem = async (subscription: SubscriptionRef, sk: string) => {
    const Key = { pk: progressKey(subscription), sk };
    return (await client.send(new GetCommand({ TableName, Key, ConsistentRead: true }))).Item;
  };
  return {
    cursors: (subscription, options = {}) =>
      translated("reading cursors", async () => {
        const items = await collect(db, subscription, CURSOR_PREFIX, options.consistent ?? false);
        return new Map(
          items.map((item) => [Number(String(item.sk).slice(CURSOR_PREFIX.length)), cursorOf(item)]),
        );
      }),
    cursor: (subscription, partition) =>
      translated("reading a cursor", async () => {
        const item = await getItem(subscription, cursorSortKey(partition));
        return item && cursorOf(item);
      }),
    due: (subscription, nowMs, limit) =>
      translated("reading what is due", () => due(db, subscription, nowMs, limit)),
    nextDueMs: (subscription) => translated("reading what is due next", () => nextDueMs(db, subscription)),
    get: (subscription, id) =>
      translated("reading a lease", async () => {
        const item = await getItem(subscription, dueSortKey(id));
        return item && dueOf(item);
      }),
    move: (subscription, change) => move(db, progressKey(subscription), change),
    finish: async (subscription, leaseId) => {
      try {
        await client.send(
          new DeleteCommand({
            TableName,
            Key: { pk: progressKey(subscription), sk: dueSortKey(leaseId) },
            ConditionExpression: "k = :lease",
            ExpressionAttributeValues: { ":lease": "l" },
          }),
        );
        return "done";
      } catch (error) {
        if (failedCondition(error)) return "gone";
        throw toDomainError(error, "finishing a lease");
      }
    },
    acknowledge: async (subscription, leaseId, offsets) => {
      const change = "ADD done :offsets, v :one";
      const item = await updateLease(db, subscription, leaseId, change, {
        ":offsets": new Set(offsets),
        ":one": 1,
      });
      const lease = item && dueOf({ ...item, sk: dueSortKey(leaseId) });
      return lease?.kind === "lease" ? lease : "gone";
    },
    extend: async (subscription, leaseId, dueMs) => {
      const later = await updateLease(
        db,
        subscription,
        leaseId,
        "SET d = :d ADD v :one",
        { ":d": dueMs, ":one": 1 },
        "d < :d",
      );
      if (later) return "done";
      // It may be there all the same, with a deadline that is later already.
      const item = await translated("reading a lease", () => getItem(subscription, dueSortKey(leaseId)));
      return item?.k === "l" ? "done" : "gone";
    },
    totals: (subscription) => translated("counting", () => totals(db, subscription)),
    setAside: (subscription, page) =>
      pageOf(
        db,
        { pk: progressKey(subscription), prefix: ASIDE_PREFIX, read: (item) => item.aside as SetAside },
        page,
      ),
    purge: (subscription, limit) => translated("purging", () => purge(db, subscription, limit)),
  };
}

/** Changes a lease that is there; undefined where it is not, or `also` does not hold. */
async function updateLease(
  { client, tables }: DynamoDb,
  subscription: SubscriptionRef,
  leaseId: string,
  change: string,
  values: Record<string, unknown>,
  also?: string,
): Promise<Record<string, unknown> | undefined> {
  try {
    const { Attributes } = await client.send(
      new UpdateCommand({
        TableName: tables.state,
        Key: { pk: progressKey(subscription), sk: dueSortKey(leaseId) },
        UpdateExpression: change,
        ConditionExpression: also === undefined ? "k = :lease" : `k = :lease AND ${also}`,
        ExpressionAttributeValues: { ":lease": "l", ...values },
        ReturnValues: "ALL_NEW",
      }),
    );
    return Attributes;
  } catch (error) {
    if (failedCondition(error)) return undefined;
    throw toDomainError(error, "changing a lease");
  }
}

async function collect(
  { client, tables }: DynamoDb,
  subscription: SubscriptionRef,
  prefix: string,
  consistent: boolean,
) {
  const items: Record<string, unknown>[] = [];
  let start: Record<string, unknown> | undefined;
  do {
    const { Items = [], LastEvaluatedKey } = await client.send(
      new QueryCommand({
        TableName: tables.state,
        KeyConditionExpression: "pk = :pk AND begins_with(sk, :prefix)",
        ExpressionAttributeValues: { ":pk": progressKey(subscription), ":prefix": prefix },
        ConsistentRead: consistent,
        ...(start ? { ExclusiveStartKey: start } : {}),
      }),
    );
    items.push(...Items);
    start = LastEvaluatedKey;
  } while (start);
  return items;
}

/** Ids begin with the time that they were due at first; a lease that was extended since is passed over. */
async function due(
  { client, tables }: DynamoDb,
  subscription: SubscriptionRef,
  nowMs: number,
  limit: number,
): Promise<readonly Due[]> {
  const found: Due[] = [];
  let start: Record<string, unknown> | undefined;
  do {
    const { Items = [], LastEvaluatedKey } = await client.send(
      new QueryCommand({
        TableName: tables.state,
        KeyConditionExpression: "pk = :pk AND sk BETWEEN :from AND :until",
        ExpressionAttributeValues: {
          ":pk": progressKey(subscription),
          ":from": DUE_PREFIX,
          ":until": dueUntilSortKey(dueId(nowMs, "")),
        },
        Limit: limit,
        ...(start ? { ExclusiveStartKey: start } : {}),
      }),
    );
    found.push(...Items.map(dueOf).filter(({ dueMs }) => dueMs <= nowMs));
    start = LastEvaluatedKey;
  } while (start && found.length < limit);
  return found.slice(0, limit);
}

/** The soonest is in front, unless it was extended: then those behind it that were due before its new deadline count too. */
async function nextDueMs(
  { client, tables }: DynamoDb,
  subscription: SubscriptionRef,
): Promise<number | undefined> {
  let soonest: number | undefined;
  let start: Record<string, unknown> | undefined;
  do {
    const { Items = [], LastEvaluatedKey } = await client.send(
      new QueryCommand({
        TableName: tables.state,
        KeyConditionExpression: "pk = :pk AND begins_with(sk, :prefix)",
        ExpressionAttributeValues: { ":pk": progressKey(subscription), ":prefix": DUE_PREFIX },
        ConsistentRead: true,
        Limit: start ? BATCH_LIMIT : 1,
        ...(start ? { ExclusiveStartKey: start } : {}),
      }),
    );
    for (const item of Items) {
      const firstDueMs = Number(dueOf(item).id.split("-")[0]);
      if (soonest !== undefined && firstDueMs >= soonest) return soonest;
      soonest = Math.min(soonest ?? Infinity, Number(item.d));
    }
    start = LastEvaluatedKey;
  } while (start);
  return soonest;
}

async function totals({ client, tables }: DynamoDb, subscription: SubscriptionRef) {
  const counts = { inFlight: 0, retrying: 0 };
  let oldestPublishedAtMs: number | undefined;
  let start: Record<string, unknown> | undefined;
  for (let page = 1; page <= TOTALS_PAGES; page++) {
    const { Items = [], LastEvaluatedKey } = await client.send(
      new QueryCommand({
        TableName: tables.state,
        KeyConditionExpression: "pk = :pk AND begins_with(sk, :prefix)",
        ExpressionAttributeValues: { ":pk": progressKey(subscription), ":prefix": DUE_PREFIX },
        ...(start ? { ExclusiveStartKey: start } : {}),
      }),
    );
    for (const record of Items.map(dueOf)) {
      const open = openSpans(record);
      counts[record.kind === "lease" ? "inFlight" : "retrying"] += spanLength(open);
      for (const { publishedAtMs } of open)
        oldestPublishedAtMs = Math.min(oldestPublishedAtMs ?? Infinity, publishedAtMs);
    }
    start = LastEvaluatedKey;
    if (!start) break;
  }
  return {
    ...counts,
    capped: start !== undefined,
    ...(oldestPublishedAtMs === undefined ? {} : { oldestPublishedAtMs }),
  };
}

async function purge(
  { client, tables }: DynamoDb,
  subscription: SubscriptionRef,
  limit: number,
): Promise<boolean> {
  const { Items = [], LastEvaluatedKey } = await client.send(
    new QueryCommand({
      TableName: tables.state,
      KeyConditionExpression: "pk = :pk",
      ExpressionAttributeValues: { ":pk": progressKey(subscription) },
      ProjectionExpression: "pk, sk",
      Limit: limit,
    }),
  );
  let unprocessed = 0;
  for (let from = 0; from < Items.length; from += BATCH_LIMIT) {
    const requests = Items.slice(from, from + BATCH_LIMIT).map(({ pk, sk }) => ({
      DeleteRequest: { Key: { pk, sk } },
    }));
    const { UnprocessedItems } = await client.send(
      new BatchWriteCommand({ RequestItems: { [tables.state]: requests } }),
    );
    unprocessed += Object.values(UnprocessedItems ?? {}).flat().length;
  }
  return LastEvaluatedKey === undefined && unprocessed === 0;
}
