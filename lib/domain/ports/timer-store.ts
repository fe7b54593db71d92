import type { SubscriptionRef } from "../subscription.js";

/** Something due at a time: so far, a wake-up of a subscription's pumps. */
export interface Timer {
  readonly dueMs: number;
  readonly subscription: SubscriptionRef;
}

/** The timers that the clock serves. Its promises are test/contract/timer-store.ts. */
export interface TimerStore {
  /** Setting the same timer twice sets it once. */
  set(timer: Timer): Promise<void>;
  /** Up to `limit` timers due by `untilMs`, soonest first; strongly consistent. */
  due(untilMs: number, limit: number): Promise<readonly Timer[]>;
  remove(timer: Timer): Promise<void>;
}
