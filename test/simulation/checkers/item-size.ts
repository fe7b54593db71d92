import { cursorAttributes, dueAttributes } from "../../../lib/adapters/dynamodb/due-item.js";
import { slotItem } from "../../../lib/adapters/dynamodb/slot-item.js";
import type { Cursor, Due } from "../../../lib/domain/progress.js";
import type { Slot } from "../../../lib/domain/slot.js";
import { type SubscriptionRef, subscriptionKey } from "../../../lib/domain/subscription.js";
import type { PartitionRef } from "../../../lib/domain/topic.js";

/** What the store adds to a list, a map or a set. */
const CONTAINER_BYTES = 3;
/** `w`, the mark of its writer, which the adapter adds: a name and a UUID. */
const WRITER_BYTES = 37;
/** `progress#` and `cursor#000` or `due#...`, with the names of both keys. */
const PROGRESS_KEY_BYTES = 9 + 4;
const CURSOR_KEY_BYTES = 10;
const DUE_KEY_BYTES = 4;

/**
 * Bytes of a value as DynamoDB bills it: text as UTF-8, a number by its digits, two a byte (Developer Guide, "DynamoDB
 * item sizes and formats").
 */
export function valueBytes(value: unknown): number {
  if (value === undefined) return 0;
  if (value === null || typeof value === "boolean") return 1;
  if (typeof value === "number")
    return 1 + Math.ceil(String(Math.abs(value)).replace(/\.|0+$/g, "").length / 2);
  if (typeof value === "string") return Buffer.byteLength(value);
  if (value instanceof Uint8Array) return value.length;
  if (value instanceof Set) return CONTAINER_BYTES + sum([...value].map(valueBytes));
  if (Array.isArray(value)) return CONTAINER_BYTES + sum(value.map((one) => 1 + valueBytes(one)));
  return CONTAINER_BYTES + attributesBytes(value as Record<string, unknown>);
}

/** Names and values of an item's attributes. */
export const attributesBytes = (item: Readonly<Record<string, unknown>>): number =>
  sum(
    Object.entries(item).map(([name, value]) => (value === undefined ? 0 : name.length + valueBytes(value))),
  );

export const slotBytes = (partition: PartitionRef, slot: Slot): number =>
  attributesBytes({ ...slotItem(partition, slot) });

const progressBytes = (subscription: SubscriptionRef): number =>
  PROGRESS_KEY_BYTES + subscriptionKey(subscription).length + WRITER_BYTES;

export const cursorBytes = (subscription: SubscriptionRef, cursor: Cursor): number =>
  progressBytes(subscription) + CURSOR_KEY_BYTES + attributesBytes(cursorAttributes(cursor));

export const dueBytes = (subscription: SubscriptionRef, due: Due): number =>
  progressBytes(subscription) + DUE_KEY_BYTES + due.id.length + attributesBytes(dueAttributes(due));

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);
