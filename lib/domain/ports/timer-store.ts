import type { Timer } from "../timer.js";

/** The timers that the clock serves. Its promises are test/contract/timer-store.ts. */
export interface TimerStore {
  /** Setting the same timer twice sets it once. */
  set(timer: Timer): Promise<void>;
  /**
   * Up to `limit` timers due by `untilMs`, soonest first; strongly consistent. Those of a kind or format that a newer
   * version set are neither shown nor counted, however many there are.
   */
  due(untilMs: number, limit: number): Promise<readonly Timer[]>;
  remove(timer: Timer): Promise<void>;
}
