import type { Timer } from "../timer.js";

/** The timers that the clock serves. Its promises are test/contract/timer-store.ts. */
export interface TimerStore {
  /** Setting the same timer twice sets it once. */
  set(timer: Timer): Promise<void>;
  /**
   * Up to `limit` timers due by `untilMs`, soonest first. Strongly consistent. Timers in a kind or format of a newer
   * release are left out and not counted, however many there are.
   */
  due(untilMs: number, limit: number): Promise<readonly Timer[]>;
  /**
   * Puts `later` in the place of `timer`, in one step: neither is lost, and there are never both. Nothing changes if
   * `timer` is gone or was set anew with another nonce, or if a newer version set one in either place.
   */
  replace(timer: Timer, later: Timer): Promise<void>;
  /** Leaves one alone that was set anew with another nonce. */
  remove(timer: Timer): Promise<void>;
}
