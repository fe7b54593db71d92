import type { SubscriptionRef } from "./subscription.js";

/** A deleted subscription, noted until nothing of its progress can come back. */
export interface Garbage {
  readonly subscription: SubscriptionRef;
  readonly deletedAtMs: number;
}
