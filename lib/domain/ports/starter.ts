import type { SubscriptionRef } from "../subscription.js";

/** Names one pump: a lane of a push subscription. */
export interface PumpRef {
  readonly subscription: SubscriptionRef;
  readonly lane: number;
}

/** Starts functions without waiting for them. A start may get lost or happen twice: both are harmless. */
export interface Starter {
  startPump(pump: PumpRef): Promise<void>;
  startClock(): Promise<void>;
}
