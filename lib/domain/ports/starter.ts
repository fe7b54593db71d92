import type { PumpStart } from "../pump-start.js";

/** Starts functions without waiting for them. A start that is lost or happens twice does no harm. */
export interface Starter {
  startPump(start: PumpStart): Promise<void>;
  /** `owner`: holds the timers' lock for the clock that is started. */
  startClock(owner: string): Promise<void>;
}
