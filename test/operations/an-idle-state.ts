import type { SubscriptionState } from "../../lib/operations/manage/subscription-state.js";

/** The state of a subscription of which nothing waits. */
export const IDLE: SubscriptionState = {
  backlog: 0,
  inFlight: 0,
  retrying: 0,
  expired: 0,
  deadLetters: 0,
  setAside: 0,
  busyKeys: 0,
  heldKeys: 0,
  oldestUnackedAgeMs: 0,
};
