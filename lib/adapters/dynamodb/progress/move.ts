import { randomUUID } from "node:crypto";
import { DeleteCommand, PutCommand, TransactWriteCommand, UpdateCommand, type Write } from "../commands.js";
import { RecordTooLarge } from "../../../domain/errors.js";
import { invariant } from "../../../domain/invariant.js";
import { isInner } from "../../../domain/progress/inner.js";
import type { Move } from "../../../domain/progress/records.js";
import type { DynamoDb } from "../client.js";
import { IS_READABLE, IS_READABLE_VALUES, hasVersion } from "../items/format.js";
import { addExpired } from "../items/expired-item.js";
import { asideItem, dueItem, dueSortKey } from "../items/progress-item.js";
import { putRunning } from "../items/redrive-job-item.js";
import { cursorUpdates } from "./cursor-changes.js";
import { deadLetterWrites } from "./dead-letter-writes.js";
import { cancellationReasons, failedCondition, isTransactionConflict, toDomainError } from "../errors.js";
import { TRANSACTION_LIMIT_ITEMS } from "../items/item-size.js";

const ALL_OLD = { ReturnValuesOnConditionCheckFailure: "ALL_OLD" } as const;

/**
 * Carries out a move. One item takes a plain conditional write, at half the price; several take a transaction. The
 * transaction's token makes the SDK's repeats safe; a plain write recognizes its own record by `w`.
 */
export async function move(
  { client, tables }: DynamoDb,
  pk: string,
  change: Move,
): Promise<"moved" | "conflict"> {
  const token = randomUUID();
  const writes = writesOf(tables.state, pk, change, token);
  invariant(writes.length <= TRANSACTION_LIMIT_ITEMS, "a move is one transaction");
  const [first] = writes;
  if (!first) return "moved";
  try {
    if (writes.length > 1 || (change.expired ?? 0) > 0) {
      await client.send(new TransactWriteCommand({ ClientRequestToken: token, TransactItems: writes }));
    } else if (first.Update) {
      await client.send(new UpdateCommand(first.Update));
    } else if (first.Put) {
      await client.send(new PutCommand({ ...first.Put, ...ALL_OLD }));
    } else if (first.Delete) {
      await client.send(new DeleteCommand({ ...first.Delete, ...ALL_OLD }));
    }
    return "moved";
  } catch (error) {
    const failed = failedCondition(error);
    if (failed) {
      // A removed record shows no writer. If an earlier attempt got no response, that attempt removed it. Or the record
      // was handed out again at that moment: then it is delivered once more, and not lost.
      const isOwn = failed.item ? failed.item.w === token : failed.afterLostAnswer && !!first.Delete;
      return isOwn ? "moved" : "conflict";
    }
    const refused = cancellationReasons(error)?.some(({ code }) => code === "ConditionalCheckFailed");
    if (refused || isTransactionConflict(error)) return "conflict";
    throw toDomainError(
      error,
      "moving messages",
      (options) => new RecordTooLarge("moving messages", options),
    );
  }
}

function writesOf(TableName: string, pk: string, change: Move, token: string): Write[] {
  const { remove = [], put = [], setAside = [], expired = 0 } = change;
  const cursors = cursorUpdates(TableName, pk, change, token).map((Update): Write => ({ Update }));
  const outer = remove.filter((due) => !isInner(due));
  const removals = outer.map((due): Write => ({
    Delete: {
      TableName,
      Key: { pk, sk: dueSortKey(due.id) },
      ...hasVersion(due.version),
    },
  }));
  const puts = put.map((due) => putIf(TableName, dueItem(pk, due, token), due.version));
  const asides = setAside.map((slot): Write => ({
    Put: {
      TableName,
      Item: asideItem(pk, slot),
      ConditionExpression: IS_READABLE,
      ExpressionAttributeValues: IS_READABLE_VALUES,
      ...ALL_OLD,
    },
  }));
  const counted = expired > 0 ? [{ Update: { ...addExpired(TableName, pk, expired), ...ALL_OLD } }] : [];
  return [
    ...cursors,
    ...removals,
    ...puts,
    ...asides,
    ...counted,
    ...deadLetterWrites(TableName, pk, change),
    ...(change.job ? [{ Put: putRunning(TableName, pk, change.job, token) }] : []),
  ];
}

/** Version 1 creates the item; any other replaces the version before it. */
function putIf(TableName: string, item: Record<string, unknown>, version: number): Write {
  return {
    Put: {
      TableName,
      Item: item,
      ...(version === 1 ? { ConditionExpression: "attribute_not_exists(pk)" } : hasVersion(version - 1)),
    },
  };
}
