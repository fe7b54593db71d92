import type { SubscriptionRef } from "./subscription.js";

/** Something due at a time: so far, a wake-up of a subscription's pumps. */
export interface Timer {
  readonly dueMs: number;
  readonly subscription: SubscriptionRef;
}
