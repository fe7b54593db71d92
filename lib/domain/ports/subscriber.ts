import type { SubscriptionRef, Target } from "../subscription.js";
import type { Handed } from "../handed.js";
import type { DeliveryOutcome } from "../delivery-outcome.js";

/** Calls a push subscription's target. Never throws: every way to fail is an outcome. */
export interface Subscriber {
  deliver(
    subscription: SubscriptionRef,
    target: Target,
    messages: readonly Handed[],
  ): Promise<DeliveryOutcome>;
}
