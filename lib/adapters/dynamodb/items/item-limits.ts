import { MessageTooLarge, RecordTooLarge } from "../../../domain/errors.js";
import { countChanges, entryOf } from "../../../domain/dead-letter.js";
import { invariant } from "../../../domain/invariant.js";
import type { Lease, Move } from "../../../domain/progress/records.js";
import type { Slot } from "../../../domain/slot.js";
import type { SubscriptionRef } from "../../../domain/subscription.js";
import type { PartitionRef } from "../../../domain/topic.js";
import {
  ITEM_LIMIT_BYTES,
  TRANSACTION_LIMIT_BYTES,
  TRANSACTION_LIMIT_ITEMS,
  itemBytes,
} from "./item-size.js";
import { actItem, letterItem, listedItem } from "./dead-letter-item.js";
import { asideItem, cursorItem, dueItem, progressKey } from "./progress-item.js";
import { runningItem } from "./redrive-job-item.js";
import { slotItem } from "./slot-item.js";

/** As long as a real write's id. */
const WRITER = "00000000-0000-0000-0000-000000000000";

/** Applies DynamoDB's size limits to a store that stands in for it. */
export const dynamoDbItemLimits = ({ itemLimitBytes = ITEM_LIMIT_BYTES } = {}) => ({
  assertSlotFits: (partition: PartitionRef, slot: Slot): void => {
    if (itemBytes(slotItem(partition, slot)) <= itemLimitBytes) return;
    throw new MessageTooLarge(slot.content.kind === "inline" ? slot.content.bytes.length : 0, itemLimitBytes);
  },
  assertMoveFits: (subscription: SubscriptionRef, move: Move): void => {
    const {
      cursor,
      remove = [],
      put = [],
      setAside = [],
      deadLetters = [],
      endedDeadLetters = [],
      act,
    } = move;
    const pk = progressKey(subscription);
    const items = [
      ...(cursor ? [cursorItem(pk, cursor.partition, cursor.next, WRITER)] : []),
      ...put.map((due) => dueItem(pk, due, WRITER)),
      ...setAside.map((slot) => asideItem(pk, slot)),
      ...(act ? endedDeadLetters.map((entry) => actItem(pk, entry, act)) : []),
      ...(move.job ? [runningItem(pk, move.job, WRITER)] : []),
      ...deadLetters.flatMap(({ letter }) => [letterItem(pk, letter), listedItem(pk, entryOf(letter))]),
    ];
    const replaced = deadLetters.filter(({ replaces }) => replaces !== undefined).length;
    const removed = remove.length + 2 * endedDeadLetters.length + replaced + countChanges(move).size;
    invariant(items.length + removed <= TRANSACTION_LIMIT_ITEMS, "a move is one transaction");
    const sizes = items.map(itemBytes);
    const allBytes = sizes.reduce((sum, sizeBytes) => sum + sizeBytes, 0);
    const isLarge = sizes.some((sizeBytes) => sizeBytes > itemLimitBytes);
    if (isLarge || allBytes > TRANSACTION_LIMIT_BYTES) throw new RecordTooLarge("moving messages");
  },
  assertLeaseFits: (subscription: SubscriptionRef, lease: Lease): void => {
    if (itemBytes(dueItem(progressKey(subscription), lease, WRITER)) > itemLimitBytes)
      throw new RecordTooLarge("changing a lease");
  },
});
