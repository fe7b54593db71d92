import { randomUUID } from "node:crypto";
import { PutCommand, TransactWriteCommand } from "@aws-sdk/lib-dynamodb";
import { MessageTooLarge, type SluiceError, Throttled } from "../../../domain/errors.js";
import type { Slot } from "../../../domain/slot.js";
import type { PartitionRef } from "../../../domain/topic.js";
import { vendorError } from "../../aws/vendor-error.js";
import type { DynamoDb } from "../client.js";
import { pastConflicts } from "../conflicts.js";
import { cancellationReasons, failedCondition, isTransactionConflict, toDomainError } from "../errors.js";
import { anchorItem } from "../items/anchor-item.js";
import { hasVersion } from "../items/format.js";
import { ITEM_LIMIT_BYTES } from "../items/item-size.js";
import { slotItem, tailOf } from "../items/slot-item.js";
import type { AppendOutcome } from "../../../domain/append-outcome.js";

const CONFLICT_RETRY_MS = 100;
const FREE_PLACE = "attribute_not_exists(pk)";

/** The put at exactly the next offset, which fails with what is there. */
const claim = (table: string, partition: PartitionRef, slot: Slot) => ({
  TableName: table,
  Item: slotItem(partition, slot),
  ConditionExpression: FREE_PLACE,
});

export async function appendPlain(db: DynamoDb, partition: PartitionRef, slot: Slot): Promise<AppendOutcome> {
  const put = new PutCommand({
    ...claim(db.tables.log, partition, slot),
    ReturnValuesOnConditionCheckFailure: "ALL_OLD",
  });
  try {
    await pastConflicts(() => db.client.send(put));
    return { kind: "stored" };
  } catch (error) {
    const failed = failedCondition(error);
    if (failed) return outcomeOf(slot, failed.item);
    throw appendError(error, slot);
  }
}

/** The put and a bump of the partition's anchor, both or neither. */
export async function appendAnchored(
  db: DynamoDb,
  partition: PartitionRef,
  slot: Slot,
  anchorVersion: number,
): Promise<AppendOutcome> {
  const put = {
    ...claim(db.tables.log, partition, slot),
    ReturnValuesOnConditionCheckFailure: "ALL_OLD" as const,
  };
  const bump = {
    TableName: db.tables.state,
    Item: anchorItem(partition, anchorVersion + 1),
    ...(anchorVersion === 0 ? { ConditionExpression: FREE_PLACE } : hasVersion(anchorVersion)),
    ReturnValuesOnConditionCheckFailure: "ALL_OLD" as const,
  };
  const both = { ClientRequestToken: randomUUID(), TransactItems: [{ Put: put }, { Put: bump }] };
  try {
    await pastConflicts(() => db.client.send(new TransactWriteCommand(both)));
    return { kind: "stored" };
  } catch (error) {
    const [place, anchor] = cancellationReasons(error) ?? [];
    if (place?.code === "ConditionalCheckFailed") return outcomeOf(slot, place.item);
    if (anchor?.code === "ConditionalCheckFailed") return { kind: "anchor-moved" };
    throw appendError(error, slot);
  }
}

/** Who holds the place: the writer itself, whose answer was lost, or somebody else. */
function outcomeOf(slot: Slot, item: Record<string, unknown> | undefined): AppendOutcome {
  if (item?.w === slot.nonce) return { kind: "stored" };
  // A winner that is not shown passes for expired, and so its loser reads the tail.
  return { kind: "lost", winner: tailOf({ ...item, base: slot.base }) };
}

function appendError(error: unknown, { content }: Slot): SluiceError {
  if (isTransactionConflict(error))
    return new Throttled("append", CONFLICT_RETRY_MS, { cause: vendorError(error) });
  // An inline limit that was set above what an item can hold.
  const sizeBytes = content.kind === "inline" ? content.bytes.length : 0;
  return toDomainError(error, "append", () => new MessageTooLarge(sizeBytes, ITEM_LIMIT_BYTES));
}
