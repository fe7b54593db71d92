import type { Message } from "../message.js";
import type { SubscriptionRef, Target } from "../subscription.js";

/** One message as it is handed out. */
export interface Handed extends Message {
  readonly receipt: string;
  /** 1 the first time. */
  readonly attempt: number;
  readonly firstReceivedAtMs: number;
}

/** What became of a delivery: answered (with the ids that failed), failed as a whole, or never taken. */
export type DeliveryOutcome =
  | { readonly kind: "answered"; readonly failedIds: ReadonlySet<string> }
  | { readonly kind: "failed"; readonly error: string }
  | { readonly kind: "unavailable"; readonly error: string };

/** Calls a push subscription's target. Never throws: every way to fail is an outcome. */
export interface Subscriber {
  deliver(
    subscription: SubscriptionRef,
    target: Target,
    messages: readonly Handed[],
  ): Promise<DeliveryOutcome>;
}
