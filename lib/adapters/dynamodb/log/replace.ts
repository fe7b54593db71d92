import { UpdateCommand } from "../commands.js";
import type { Slot } from "../../../domain/slot.js";
import type { PartitionRef } from "../../../domain/topic.js";
import type { DynamoDb } from "../client.js";
import { pastConflicts } from "../conflicts.js";
import { failedCondition, toDomainError } from "../errors.js";
import { IS_READABLE, IS_READABLE_VALUES } from "../items/format.js";
import { slotItem } from "../items/slot-item.js";

/** What depends on a slot's bytes. The rest stays as it is, with what a newer release may have added. */
const BYTES = ["enc", "u", "sum", "bytes", "seg", "size", "h", "hs"] as const;

/** Changes the bytes of a slot, if they are still those of `before`. */
export async function replaceSlot(
  { client, tables }: DynamoDb,
  partition: PartitionRef,
  before: Slot,
  slot: Slot,
): Promise<"replaced" | "changed"> {
  const item = slotItem(partition, slot);
  const { pk, base, f } = item;
  const given = BYTES.filter((name) => item[name] !== undefined);
  const left = BYTES.filter((name) => item[name] === undefined);
  const isOtherFormat = before.encoding !== slot.encoding;
  const set = [...given.map((name) => `#${name} = :${name}`), ...(isOtherFormat ? ["f = :f"] : [])];
  const change = new UpdateCommand({
    TableName: tables.log,
    Key: { pk, base },
    UpdateExpression: [
      `SET ${set.join(", ")}`,
      ...(left.length > 0 ? [`REMOVE ${left.map((name) => `#${name}`).join(", ")}`] : []),
    ].join(" "),
    ConditionExpression: `attribute_exists(pk) AND w = :w AND #sum = :before AND ${IS_READABLE}`,
    ExpressionAttributeNames: Object.fromEntries(BYTES.map((name) => [`#${name}`, name])),
    ExpressionAttributeValues: {
      ...Object.fromEntries(given.map((name) => [`:${name}`, item[name]])),
      ...(isOtherFormat ? { ":f": f } : {}),
      ...{ ":w": before.nonce, ":before": before.checksum },
      ...IS_READABLE_VALUES,
    },
    ReturnValuesOnConditionCheckFailure: "ALL_OLD",
  });
  try {
    await pastConflicts(() => client.send(change));
    return "replaced";
  } catch (error) {
    const failed = failedCondition(error);
    if (!failed) throw toDomainError(error, "replacing a slot");
    // Its first answer was lost.
    return failed.item?.w === slot.nonce && failed.item.sum === slot.checksum ? "replaced" : "changed";
  }
}
