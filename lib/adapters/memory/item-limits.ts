import type { Lease, Move } from "../../domain/progress/records.js";
import type { Slot } from "../../domain/slot.js";
import type { SubscriptionRef } from "../../domain/subscription.js";
import type { PartitionRef } from "../../domain/topic.js";

/** The size limits of the store that memory stands in for. */
export interface ItemLimits {
  /** @throws {MessageTooLarge} */
  assertSlotFits(partition: PartitionRef, slot: Slot): void;
  /** Checks all that the move writes. @throws {RecordTooLarge} */
  assertMoveFits(subscription: SubscriptionRef, move: Move): void;
  /** Checks a lease after a change. @throws {RecordTooLarge} */
  assertLeaseFits(subscription: SubscriptionRef, lease: Lease): void;
}

/** Memory itself accepts any size. */
export const NO_LIMITS: ItemLimits = {
  assertSlotFits: () => undefined,
  assertMoveFits: () => undefined,
  assertLeaseFits: () => undefined,
};
