import { UpdateCommand } from "../commands.js";
import { randomUUID } from "node:crypto";
import type { ProgressStore } from "../../../domain/ports/progress-store.js";
import { isInner } from "../../../domain/progress/inner.js";
import type { Cursor, CursorMove, Lease, Move } from "../../../domain/progress/records.js";
import type { SubscriptionRef } from "../../../domain/subscription.js";
import type { DynamoDb } from "../client.js";
import { pastConflicts } from "../conflicts.js";
import { type FailedCondition, failedCondition, isTransactionConflict, toDomainError } from "../errors.js";
import {
  FORMAT_WITH_LEASES,
  IS_READABLE,
  IS_READABLE_VALUES,
  KEEP_FORMAT,
  KEEP_FORMAT_VALUES,
} from "../items/format.js";
import {
  cursorAttributes,
  cursorOf,
  cursorSortKey,
  innerName,
  innerValue,
  progressKey,
} from "../items/progress-item.js";

const ALL_OLD = { ReturnValuesOnConditionCheckFailure: "ALL_OLD" } as const;

/** What changes in one cursor's item. */
interface CursorChange {
  readonly move?: CursorMove | undefined;
  /** Kept in it from now on. */
  readonly lease?: Lease;
  /** Taken out of it. */
  readonly taken?: readonly Lease[];
}

/** An update, and not a put: leases that the change does not name stay, and others may settle them meanwhile. */
function updateOf(TableName: string, pk: string, partition: number, change: CursorChange, writer: string) {
  const { move, lease, taken = [] } = change;
  const drop = [...(move?.drop ?? []), ...taken.map(({ id }) => id)];
  const names: Record<string, string> = {};
  const values: Record<string, unknown> = { ":w": writer, ...IS_READABLE_VALUES };
  const set = ["w = :w"];
  const remove = drop.map((id, index) => {
    names[`#r${index}`] = innerName(id);
    return `#r${index}`;
  });
  const conditions: string[] = [];
  if (move) {
    const { version, open } = move.next;
    for (const [name, value] of Object.entries(cursorAttributes(move.next))) {
      set.push(`${name} = :${name}`);
      values[`:${name}`] = value;
    }
    if (!open) remove.push("o");
    if (version === 1) conditions.push("attribute_not_exists(pk)");
    else {
      conditions.push("v = :before");
      values[":before"] = version - 1;
    }
  }
  if (lease) {
    names["#lease"] = innerName(lease.id);
    set.push("#lease = :lease", "f = :format");
    Object.assign(values, { ":lease": innerValue(lease), ":format": FORMAT_WITH_LEASES });
  } else {
    set.push(KEEP_FORMAT);
    Object.assign(values, KEEP_FORMAT_VALUES);
  }
  taken.forEach(({ version }, index) => {
    conditions.push(`#r${(move?.drop ?? []).length + index}.v = :taken${index}`);
    values[`:taken${index}`] = version;
  });
  return {
    TableName,
    Key: { pk, sk: cursorSortKey(partition) },
    UpdateExpression: `SET ${set.join(", ")}${remove.length > 0 ? ` REMOVE ${remove.join(", ")}` : ""}`,
    ConditionExpression: [...conditions, IS_READABLE].join(" AND "),
    ...(Object.keys(names).length > 0 ? { ExpressionAttributeNames: names } : {}),
    ExpressionAttributeValues: values,
    ...ALL_OLD,
  };
}

/** The updates of the cursors' items that a move takes: a transaction may name each item once. */
export function cursorUpdates(TableName: string, pk: string, { cursor, remove = [] }: Move, writer: string) {
  const inner = remove.filter(isInner);
  const partitions = new Set([
    ...(cursor ? [cursor.partition] : []),
    ...inner.map(({ partition }) => partition),
  ]);
  return [...partitions].map((partition) => {
    const taken = inner.filter((lease) => lease.partition === partition);
    const move = cursor?.partition === partition ? cursor : undefined;
    return updateOf(TableName, pk, partition, { move, taken }, writer);
  });
}

export async function advance(
  { client, tables }: DynamoDb,
  subscription: SubscriptionRef,
  move: CursorMove,
  lease: Lease,
): ReturnType<ProgressStore["advance"]> {
  const { partition } = move;
  const pk = progressKey(subscription);
  const update = updateOf(tables.state, pk, partition, { move, lease }, randomUUID());
  try {
    const { Attributes = {} } = await client.send(new UpdateCommand({ ...update, ReturnValues: "ALL_NEW" }));
    return cursorOf(Attributes);
  } catch (error) {
    const failed = failedCondition(error);
    if (!failed && !isTransactionConflict(error)) throw toDomainError(error, "moving a head");
    return ownCursor(failed, lease) ?? "conflict";
  }
}

/** If an earlier attempt got no response, its lease is there. */
function ownCursor(failed: FailedCondition | undefined, lease: Lease): Cursor | undefined {
  return failed?.item && innerName(lease.id) in failed.item ? cursorOf(failed.item) : undefined;
}

/** Changes a lease in its cursor, if it is there and `condition` holds. */
export async function changeInner(
  { client, tables }: DynamoDb,
  subscription: SubscriptionRef,
  { partition, leaseId }: InnerRef,
  change: InnerChange,
): Promise<"done" | "kept" | { readonly kind: "not-there"; readonly afterLostAnswer: boolean }> {
  const { condition, values = {}, update, during } = change;
  const command = new UpdateCommand({
    TableName: tables.state,
    Key: { pk: progressKey(subscription), sk: cursorSortKey(partition) },
    UpdateExpression: update,
    ConditionExpression: `${condition} AND ${IS_READABLE}`,
    ExpressionAttributeNames: { "#lease": innerName(leaseId) },
    ExpressionAttributeValues: { ...IS_READABLE_VALUES, ...values },
    ...ALL_OLD,
  });
  try {
    await pastConflicts(() => client.send(command));
    return "done";
  } catch (error) {
    const failed = failedCondition(error);
    if (!failed) throw toDomainError(error, during);
    if (failed.item && innerName(leaseId) in failed.item) return "kept";
    return { kind: "not-there", afterLostAnswer: failed.afterLostAnswer };
  }
}

/** A lease that began in this partition's cursor. */
export interface InnerRef {
  readonly partition: number;
  readonly leaseId: string;
}

/** In its expressions `#lease` is the lease. */
export interface InnerChange {
  readonly update: string;
  readonly condition: string;
  readonly values?: Readonly<Record<string, unknown>>;
  readonly during: string;
}

export const END_INNER: InnerChange = {
  update: "REMOVE #lease",
  condition: "attribute_exists(#lease)",
  during: "finishing a lease",
};

/** To a later deadline; repeating it only changes the version. */
export const extendInner = (dueMs: number): InnerChange => ({
  update: "SET #lease.d = :d, #lease.v = #lease.v + :one",
  condition: "#lease.d <= :d",
  values: { ":d": dueMs, ":one": 1 },
  during: "changing a lease",
});
