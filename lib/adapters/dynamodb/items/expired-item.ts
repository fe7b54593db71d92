import { IS_READABLE, IS_READABLE_VALUES, KEEP_FORMAT, KEEP_FORMAT_VALUES, readable } from "./format.js";

/** Sort key of the count of messages that expired before a subscription acknowledged them. */
export const EXPIRED = "expired";

/** Adds to the count. The first update creates the item. */
export const addExpired = (TableName: string, pk: string, count: number) => ({
  TableName,
  Key: { pk, sk: EXPIRED },
  UpdateExpression: `SET ${KEEP_FORMAT} ADD n :n`,
  ConditionExpression: IS_READABLE,
  ExpressionAttributeValues: { ":n": count, ...KEEP_FORMAT_VALUES, ...IS_READABLE_VALUES },
});

/** @throws {StoredFormatTooNew} */
export function expiredOf(item: Record<string, unknown> | undefined): number {
  const count = readable(item)?.n;
  return typeof count === "number" && Number.isFinite(count) ? count : 0;
}
