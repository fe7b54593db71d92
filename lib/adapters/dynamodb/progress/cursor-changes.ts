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
  readonly leases?: readonly Lease[];
  /** Taken out of it. */
  readonly taken?: readonly Lease[];
  /** The ids of those that end. */
  readonly ended?: readonly string[];
}

/** An update, and not a put: leases that the change does not name stay, and others may settle them meanwhile. */
function updateOf(TableName: string, pk: string, partition: number, change: CursorChange, writer: string) {
  const { move, leases = [], taken = [], ended = [] } = change;
  const drop = [...(move?.drop ?? []), ...taken.map(({ id }) => id)];
  const names: Record<string, string> = {};
  const values: Record<string, unknown> = { ":w": writer, ...IS_READABLE_VALUES };
  const set = ["w = :w"];
  const remove = drop.map((id, index) => {
    names[`#r${index}`] = innerName(id);
    return `#r${index}`;
  });
  const conditions = ended.map((id, index) => {
    names[`#e${index}`] = innerName(id);
    remove.push(`#e${index}`);
    return `attribute_exists(#e${index})`;
  });
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
  leases.forEach((lease, index) => {
    names[`#l${index}`] = innerName(lease.id);
    values[`:l${index}`] = innerValue(lease);
    set.push(`#l${index} = :l${index}`);
  });
  if (leases.length > 0) {
    set.push("f = :format");
    values[":format"] = FORMAT_WITH_LEASES;
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
  leases: readonly Lease[],
  ended: readonly string[] = [],
): ReturnType<ProgressStore["advance"]> {
  const { partition } = move;
  const pk = progressKey(subscription);
  const update = updateOf(tables.state, pk, partition, { move, leases, ended }, randomUUID());
  try {
    const { Attributes = {} } = await client.send(new UpdateCommand({ ...update, ReturnValues: "ALL_NEW" }));
    return cursorOf(Attributes);
  } catch (error) {
    const failed = failedCondition(error);
    if (!failed && !isTransactionConflict(error)) throw toDomainError(error, "moving a head");
    return ownCursor(failed, leases) ?? "conflict";
  }
}

/** If an earlier attempt got no response, its leases are there. */
function ownCursor(failed: FailedCondition | undefined, leases: readonly Lease[]): Cursor | undefined {
  const { item } = failed ?? {};
  return item && leases.some(({ id }) => innerName(id) in item) ? cursorOf(item) : undefined;
}

/** Leases that began in this partition's cursor. */
export interface InnerRefs {
  readonly partition: number;
  readonly leaseIds: readonly string[];
}

/** Why leases in their cursor were not changed. `there`: those that are in it. */
export interface NotChanged {
  readonly there: ReadonlySet<string>;
  readonly afterLostAnswer: boolean;
}

/** In the expressions of a change `#l0` is the first lease, and so on. */
interface InnerChange {
  readonly update: string;
  readonly condition: string;
  readonly values?: Readonly<Record<string, unknown>>;
  readonly during: string;
}

/** Changes leases in their cursor by one write, if `condition` holds. */
async function changeInner(
  { client, tables }: DynamoDb,
  subscription: SubscriptionRef,
  { partition, leaseIds }: InnerRefs,
  { condition, values = {}, update, during }: InnerChange,
): Promise<"done" | NotChanged> {
  const command = new UpdateCommand({
    TableName: tables.state,
    Key: { pk: progressKey(subscription), sk: cursorSortKey(partition) },
    UpdateExpression: update,
    ConditionExpression: `${condition} AND ${IS_READABLE}`,
    ExpressionAttributeNames: Object.fromEntries(leaseIds.map((id, index) => [`#l${index}`, innerName(id)])),
    ExpressionAttributeValues: { ...IS_READABLE_VALUES, ...values },
    ...ALL_OLD,
  });
  try {
    await pastConflicts(() => client.send(command));
    return "done";
  } catch (error) {
    const failed = failedCondition(error);
    if (!failed) throw toDomainError(error, during);
    const { item = {}, afterLostAnswer } = failed;
    return { there: new Set(leaseIds.filter((id) => innerName(id) in item)), afterLostAnswer };
  }
}

/** Ends leases in their cursor, if all of them are there. */
export function endInner(
  db: DynamoDb,
  subscription: SubscriptionRef,
  refs: InnerRefs,
): Promise<"done" | NotChanged> {
  const names = refs.leaseIds.map((_, index) => `#l${index}`);
  return changeInner(db, subscription, refs, {
    update: `REMOVE ${names.join(", ")}`,
    condition: names.map((name) => `attribute_exists(${name})`).join(" AND "),
    during: "finishing leases",
  });
}

/** Moves a lease in its cursor to a later deadline; repeating it only changes the version. */
export const extendInner = (
  db: DynamoDb,
  subscription: SubscriptionRef,
  partition: number,
  leaseId: string,
  dueMs: number,
): Promise<"done" | NotChanged> =>
  changeInner(
    db,
    subscription,
    { partition, leaseIds: [leaseId] },
    {
      update: "SET #l0.d = :d, #l0.v = #l0.v + :one",
      condition: "#l0.d <= :d",
      values: { ":d": dueMs, ":one": 1 },
      during: "changing a lease",
    },
  );
