import { DeleteCommand, GetCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { RecordTooLarge } from "../../../domain/errors.js";
import type { ProgressStore } from "../../../domain/ports/progress-store.js";
import type { SubscriptionRef } from "../../../domain/subscription.js";
import type { DynamoDb } from "../client.js";
import { pastConflicts } from "../conflicts.js";
import { IS_READABLE, IS_READABLE_VALUES, readable } from "../items/format.js";
import {
  ASIDE_PREFIX,
  CURSOR_PREFIX,
  asideOf,
  cursorOf,
  cursorSortKey,
  dueOf,
  dueSortKey,
  progressKey,
} from "../items/progress-item.js";
import { type FailedCondition, failedCondition, toDomainError, translated } from "../errors.js";
import { move } from "./move.js";
import { pageOf } from "../pages.js";
import { allCursors, due, nextDueMs, totals } from "./queries.js";
import { purge } from "./purge.js";

/** Cursors, leases and retries in the state table: one item collection a subscription. */
export function dynamoDbProgressStore(db: DynamoDb): ProgressStore {
  return {
    cursors: (subscription, options = {}) =>
      translated("reading cursors", async () => {
        const items = await allCursors(db, progressKey(subscription), options.consistent ?? false);
        return new Map(
          items.map((item) => [Number(String(item.sk).slice(CURSOR_PREFIX.length)), cursorOf(item)]),
        );
      }),
    cursor: (subscription, partition) =>
      translated("reading a cursor", async () => {
        const item = await getItem(db, subscription, cursorSortKey(partition));
        return item && cursorOf(item);
      }),
    due: (subscription, nowMs, limit) =>
      translated("reading what is due", () => due(db, progressKey(subscription), nowMs, limit)),
    nextDueMs: (subscription) =>
      translated("reading what is due next", () => nextDueMs(db, progressKey(subscription))),
    get: (subscription, id) =>
      translated("reading a lease", async () => {
        const item = await getItem(db, subscription, dueSortKey(id));
        return item && dueOf(item);
      }),
    move: (subscription, change) => move(db, progressKey(subscription), change),
    finish: (subscription, leaseId) => finish(db, subscription, leaseId),
    acknowledge: async (subscription, leaseId, offsets) => {
      const sk = dueSortKey(leaseId);
      // A number set cannot be empty: nothing to mark is a look at the lease.
      const item =
        offsets.length > 0
          ? await updateLease(db, subscription, leaseId, {
              change: "ADD done :offsets, v :one",
              values: { ":offsets": new Set(offsets), ":one": 1 },
            })
          : await translated("reading a lease", () => getItem(db, subscription, sk));
      const lease = item && dueOf({ ...item, sk });
      return lease?.kind === "lease" ? lease : "gone";
    },
    extend: async (subscription, leaseId, dueMs) => {
      const later = await updateLease(db, subscription, leaseId, {
        change: "SET d = :d ADD v :one",
        values: { ":d": dueMs, ":one": 1 },
        also: " AND d < :d",
      });
      if (later) return "done";
      // It may be there all the same, with a deadline that is as late already.
      const item = await translated("reading a lease", () => getItem(db, subscription, dueSortKey(leaseId)));
      return readable(item)?.k === "l" ? "done" : "gone";
    },
    totals: (subscription, epoch) =>
      translated("counting", () => totals(db, progressKey(subscription), epoch)),
    setAside: (subscription, page) =>
      pageOf(
        db,
        {
          pk: progressKey(subscription),
          prefix: ASIDE_PREFIX,
          read: asideOf,
        },
        page,
      ),
    purge: (subscription, limit) => translated("purging", () => purge(db, progressKey(subscription), limit)),
  };
}

async function getItem({ client, tables }: DynamoDb, subscription: SubscriptionRef, sk: string) {
  const Key = { pk: progressKey(subscription), sk };
  return (await client.send(new GetCommand({ TableName: tables.state, Key, ConsistentRead: true }))).Item;
}

async function finish(
  { client, tables }: DynamoDb,
  subscription: SubscriptionRef,
  leaseId: string,
): ReturnType<ProgressStore["finish"]> {
  const end = new DeleteCommand({
    TableName: tables.state,
    Key: { pk: progressKey(subscription), sk: dueSortKey(leaseId) },
    ConditionExpression: `k = :lease AND ${IS_READABLE}`,
    ExpressionAttributeValues: { ":lease": "l", ...IS_READABLE_VALUES },
    ReturnValuesOnConditionCheckFailure: "ALL_OLD",
  });
  try {
    await pastConflicts(() => client.send(end));
    return "done";
  } catch (error) {
    const failed = failedCondition(error);
    if (!failed) throw toDomainError(error, "finishing a lease");
    return isOwnDelete(failed) ? "done" : "gone";
  }
}

/**
 * After an attempt without an answer, what is gone was that attempt's doing; or it was handed out again in that very
 * moment, and is delivered once more as any lost acknowledgement has it.
 */
const isOwnDelete = ({ afterLostAnswer, item }: FailedCondition): boolean => afterLostAnswer && !item;

interface LeaseChange {
  readonly change: string;
  readonly values: Record<string, unknown>;
  /** What has to hold beside: it goes on the end of the condition. */
  readonly also?: string;
}

/** Changes a lease that is there; undefined where it is not, or `also` does not hold. */
async function updateLease(
  { client, tables }: DynamoDb,
  subscription: SubscriptionRef,
  leaseId: string,
  { change, values, also = "" }: LeaseChange,
): Promise<Record<string, unknown> | undefined> {
  const update = new UpdateCommand({
    TableName: tables.state,
    Key: { pk: progressKey(subscription), sk: dueSortKey(leaseId) },
    UpdateExpression: change,
    ConditionExpression: `k = :lease AND ${IS_READABLE}${also}`,
    ExpressionAttributeValues: { ":lease": "l", ...IS_READABLE_VALUES, ...values },
    ReturnValues: "ALL_NEW",
    ReturnValuesOnConditionCheckFailure: "ALL_OLD",
  });
  try {
    return (await pastConflicts(() => client.send(update))).Attributes;
  } catch (error) {
    if (failedCondition(error)) return undefined;
    throw toDomainError(
      error,
      "changing a lease",
      (options) => new RecordTooLarge("changing a lease", options),
    );
  }
}
