import type { LaneRef } from "../lane.js";

/** Starts functions without waiting for them. A start may get lost or happen twice: both are harmless. */
export interface Starter {
  startPump(pump: LaneRef): Promise<void>;
  /** `owner`: holds the lock of the timers, for the clock that it starts. */
  startClock(owner: string): Promise<void>;
}
