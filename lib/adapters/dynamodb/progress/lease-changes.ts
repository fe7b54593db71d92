import { DeleteCommand, UpdateCommand, type UpdateCommandInput } from "../commands.js";
import { RecordTooLarge } from "../../../domain/errors.js";
import type { Finished, ProgressStore } from "../../../domain/ports/progress-store.js";
import { bornIn } from "../../../domain/progress/inner.js";
import type { Offset } from "../../../domain/slot.js";
import type { SubscriptionRef } from "../../../domain/subscription.js";
import type { DynamoDb } from "../client.js";
import { pastConflicts } from "../conflicts.js";
import { type FailedCondition, failedCondition, toDomainError } from "../errors.js";
import { IS_READABLE, IS_READABLE_VALUES } from "../items/format.js";
import { dueSortKey, progressKey } from "../items/progress-item.js";
import { type NotChanged, endInner, extendInner } from "./cursor-changes.js";

const ALL_OLD = { ReturnValuesOnConditionCheckFailure: "ALL_OLD" } as const;
const LEASE = { ":lease": "l", ...IS_READABLE_VALUES };

const keyOf = (subscription: SubscriptionRef, leaseId: string) => ({
  pk: progressKey(subscription),
  sk: dueSortKey(leaseId),
});

/** The lease exists, but does not allow the change. */
const isKept = ({ item }: FailedCondition): boolean => item?.k === "l";

/** Removes a lease, unless it is marked: from its cursor, if it began there and was not moved out. */
export async function finish(
  db: DynamoDb,
  subscription: SubscriptionRef,
  leaseId: string,
): ReturnType<ProgressStore["finish"]> {
  const [outcome] = await finishTogether(db, subscription, [leaseId]);
  return outcome ?? "gone";
}

/** The same for leases that began in one cursor. Those that are no longer in it are looked for by themselves. */
export async function finishTogether(
  db: DynamoDb,
  subscription: SubscriptionRef,
  leaseIds: readonly string[],
): ReturnType<ProgressStore["finishTogether"]> {
  const outcomes = new Map<string, Finished>();
  const [first = ""] = leaseIds;
  const partition = bornIn(first);
  for (let left = [...new Set(leaseIds)]; left.length > 0;) {
    const refs = { partition: partition ?? 0, leaseIds: left };
    const ended = partition === undefined ? NONE_THERE : await endInner(db, subscription, refs);
    if (ended === "done") for (const id of left) outcomes.set(id, "done");
    if (ended === "done") break;
    const gone = left.filter((id) => !ended.there.has(id));
    if (gone.length === 0) for (const id of left) outcomes.set(id, "kept");
    if (gone.length === 0) break;
    const alone = gone.map(async (id) => [id, await finishOuter(db, subscription, id)] as const);
    for (const [id, outcome] of await Promise.all(alone))
      outcomes.set(id, outcome === "gone" && ended.afterLostAnswer ? "done" : outcome);
    left = left.filter((id) => ended.there.has(id));
  }
  return leaseIds.map((id) => outcomes.get(id) ?? "gone");
}

/** Leases that never were in a cursor. */
const NONE_THERE: NotChanged = { there: new Set(), afterLostAnswer: false };

async function finishOuter(
  { client, tables }: DynamoDb,
  subscription: SubscriptionRef,
  leaseId: string,
): ReturnType<ProgressStore["finish"]> {
  const end = new DeleteCommand({
    TableName: tables.state,
    Key: keyOf(subscription, leaseId),
    ConditionExpression: `k = :lease AND attribute_not_exists(m) AND ${IS_READABLE}`,
    ExpressionAttributeValues: LEASE,
    ...ALL_OLD,
  });
  try {
    await pastConflicts(() => client.send(end));
    return "done";
  } catch (error) {
    const failed = failedCondition(error);
    if (!failed) throw toDomainError(error, "finishing a lease");
    if (isKept(failed)) return "kept";
    return isOwnDelete(failed) ? "done" : "gone";
  }
}

/**
 * If an earlier attempt got no response and the lease is gone, that attempt removed it. Or the lease ran out and was
 * handed out again at that moment: then its messages are delivered once more, as after any lost acknowledgement.
 */
const isOwnDelete = ({ afterLostAnswer, item }: FailedCondition): boolean => afterLostAnswer && !item;

/** Marks offsets of a lease as acknowledged. Returns the lease's item after the change; undefined if it is gone. */
export async function mark(
  db: DynamoDb,
  subscription: SubscriptionRef,
  leaseId: string,
  offsets: readonly Offset[],
): Promise<Record<string, unknown> | undefined> {
  const outcome = await update(db, subscription, leaseId, {
    UpdateExpression: "ADD done :offsets, v :one",
    ConditionExpression: `k = :lease AND ${IS_READABLE}`,
    ExpressionAttributeValues: { ...LEASE, ":offsets": new Set(offsets), ":one": 1 },
    ReturnValues: "ALL_NEW",
  });
  return typeof outcome === "string" ? undefined : outcome;
}

/**
 * Moves a lease's deadline later, unless some of its messages were acknowledged or settled. Repeating it only changes
 * the version.
 */
export async function extend(
  db: DynamoDb,
  subscription: SubscriptionRef,
  leaseId: string,
  dueMs: number,
): ReturnType<ProgressStore["extend"]> {
  const partition = bornIn(leaseId);
  const inner =
    partition === undefined ? NONE_THERE : await extendInner(db, subscription, partition, leaseId, dueMs);
  if (inner === "done") return "done";
  if (inner.there.size > 0) return "kept";
  const outcome = await update(db, subscription, leaseId, {
    UpdateExpression: "SET d = :d ADD v :one",
    ConditionExpression: [
      "k = :lease AND d <= :d",
      "attribute_not_exists(m)",
      "attribute_not_exists(done)",
      IS_READABLE,
    ].join(" AND "),
    ExpressionAttributeValues: { ...LEASE, ":d": dueMs, ":one": 1 },
  });
  return typeof outcome === "string" ? outcome : "done";
}

async function update(
  { client, tables }: DynamoDb,
  subscription: SubscriptionRef,
  leaseId: string,
  change: Omit<UpdateCommandInput, "TableName" | "Key">,
): Promise<Record<string, unknown> | "gone" | "kept"> {
  const Key = keyOf(subscription, leaseId);
  const command = new UpdateCommand({ ...change, ...ALL_OLD, TableName: tables.state, Key });
  try {
    return (await pastConflicts(() => client.send(command))).Attributes ?? {};
  } catch (error) {
    const failed = failedCondition(error);
    if (failed) return isKept(failed) ? "kept" : "gone";
    throw toDomainError(
      error,
      "changing a lease",
      (options) => new RecordTooLarge("changing a lease", options),
    );
  }
}
