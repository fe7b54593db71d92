import { slotItem } from "../../../lib/adapters/dynamodb/items/slot-item.js";
import { itemBytes } from "../../../lib/adapters/dynamodb/items/item-size.js";
import { MARK_KEYS } from "../../../lib/domain/mark.js";
import { TIMER_KEYS } from "../../../lib/domain/timer.js";
import type { OldestMessages } from "../../../lib/domain/ports/outbox-store.js";
import type { SlotPage } from "../../../lib/domain/ports/log-store.js";
import type { Slot } from "../../../lib/domain/slot.js";
import type { PartitionRef } from "../../../lib/domain/topic.js";
import type { Call } from "../port-calls.js";

/** A strongly consistent read takes one unit for each of these, an eventually consistent one half of it. */
const UNIT_BYTES = 4_096;

interface Read {
  readonly isConsistent: boolean;
  /** Of the items that were read; default: so few that they take one unit. */
  readonly bytes?: number;
  /** Default: one. */
  readonly requests?: number;
}

type ReadOf = (args: readonly unknown[], outcome: unknown) => Read;

const strong: ReadOf = () => ({ isConsistent: true });
const eventual: ReadOf = () => ({ isConsistent: false });
const asTold =
  (index: number): ReadOf =>
  (args) => ({
    isConsistent: (args[index] as { consistent?: boolean } | undefined)?.consistent ?? false,
  });

const slotsRead: ReadOf = (args, outcome) => ({
  ...asTold(3)(args, outcome),
  bytes: (outcome as SlotPage).slots.reduce((sum, slot) => sum + slotBytes(args[0], slot), 0),
});

const slotBytes = (partition: unknown, slot: Slot): number =>
  itemBytes(slotItem(partition as PartitionRef, slot));

/** Where one answer holds all of a shard. */
const outboxRead: ReadOf = (_, outcome) => ({
  isConsistent: true,
  bytes: (outcome as OldestMessages).messages.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
});

/** How the DynamoDB adapter reads, by `port.method`. */
const READS: Readonly<Record<string, ReadOf>> = {
  "log.tail": strong,
  "log.anchorVersion": strong,
  "log.anchors": asTold(1),
  "log.read": slotsRead,
  "log.slotAt": ([partition], slot) => ({
    isConsistent: true,
    bytes: slot ? slotBytes(partition, slot as Slot) : 0,
  }),
  "topics.get": strong,
  "topics.getCounted": strong,
  "topics.list": strong,
  "subscriptions.get": strong,
  "subscriptions.list": strong,
  "subscriptions.roster": eventual,
  "progress.cursors": asTold(1),
  "progress.standing": strong,
  "progress.cursor": strong,
  "progress.due": eventual,
  "progress.nextDueMs": strong,
  "progress.get": strong,
  "locks.note": asTold(1),
  "locks.heldUntilMs": strong,
  "locks.knock": strong,
  "timers.due": () => ({ isConsistent: true, requests: TIMER_KEYS }),
  "marks.get": eventual,
  "outbox.scan": eventual,
  "outbox.oldest": outboxRead,
  "marks.list": () => ({ isConsistent: false, requests: MARK_KEYS }),
  "garbage.list": strong,
};

/**
 * The read units of a call, as DynamoDB bills them; 0 for what is not a read of DynamoDB. test/contract/bill.test.ts
 * compares it with what DynamoDB counts.
 */
export function readUnits(
  { port, method, args }: Pick<Call, "port" | "method" | "args">,
  outcome: unknown,
): number {
  const read = READS[`${port}.${method}`]?.(args, outcome);
  if (!read) return 0;
  const units = Math.max(1, Math.ceil((read.bytes ?? 0) / UNIT_BYTES));
  return (read.requests ?? 1) * (read.isConsistent ? units : units / 2);
}
