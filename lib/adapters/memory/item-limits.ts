import { MessageTooLarge, RecordTooLarge } from "../../domain/errors.js";
import { invariant } from "../../domain/invariant.js";
import type { Lease, Move } from "../../domain/progress/records.js";
import type { Slot } from "../../domain/slot.js";
import type { SubscriptionRef } from "../../domain/subscription.js";
import type { PartitionRef } from "../../domain/topic.js";
import { asideItem, cursorItem, dueItem, progressKey } from "../dynamodb/items/progress-item.js";
import { TRANSACTION_LIMIT_BYTES, TRANSACTION_LIMIT_ITEMS, itemBytes } from "../dynamodb/items/item-size.js";
import { slotItem } from "../dynamodb/items/slot-item.js";
import type { MemoryStorage } from "./storage.js";

/** As long as the DynamoDB adapter's. */
const WRITER = "00000000-0000-0000-0000-000000000000";

type Limits = Pick<MemoryStorage, "itemLimitBytes">;

/** What DynamoDB would say of the item that the slot would be. @throws {MessageTooLarge} */
export function assertSlotFits({ itemLimitBytes }: Limits, partition: PartitionRef, slot: Slot): void {
  if (itemBytes(slotItem(partition, slot)) <= itemLimitBytes) return;
  throw new MessageTooLarge(slot.content.kind === "inline" ? slot.content.bytes.length : 0, itemLimitBytes);
}

/** The same of the items that a move would put. @throws {RecordTooLarge} */
export function assertMoveFits(
  { itemLimitBytes }: Limits,
  subscription: SubscriptionRef,
  { cursor, remove = [], put = [], setAside = [] }: Move,
): void {
  const pk = progressKey(subscription);
  const items = [
    ...(cursor ? [cursorItem(pk, cursor.partition, cursor.next, WRITER)] : []),
    ...put.map((due) => dueItem(pk, due, WRITER)),
    ...setAside.map((slot) => asideItem(pk, slot)),
  ];
  invariant(items.length + remove.length <= TRANSACTION_LIMIT_ITEMS, "a move is one transaction");
  const sizes = items.map(itemBytes);
  const allBytes = sizes.reduce((sum, sizeBytes) => sum + sizeBytes, 0);
  const isLarge = sizes.some((sizeBytes) => sizeBytes > itemLimitBytes);
  if (isLarge || allBytes > TRANSACTION_LIMIT_BYTES) throw new RecordTooLarge("moving messages");
}

/** The same of a lease that was changed. @throws {RecordTooLarge} */
export function assertLeaseFits(
  { itemLimitBytes }: Limits,
  subscription: SubscriptionRef,
  lease: Lease,
): void {
  if (itemBytes(dueItem(progressKey(subscription), lease, WRITER)) > itemLimitBytes)
    throw new RecordTooLarge("changing a lease");
}
