import { systemClock } from "../lib/adapters/system/clock.js";
import type { Clock } from "../lib/domain/ports/clock.js";

/** A clock that is set forward by hand, or by whoever sleeps by `hasty`. */
export interface MovedClock extends Clock {
  readonly advance: (ms: number) => void;
  readonly hasty: Clock;
}

export function movedClock(): MovedClock {
  let aheadMs = 0;
  const nowMs = (): number => Date.now() + aheadMs;
  const advance = (ms: number): void => {
    aheadMs += ms;
  };
  const hasty = {
    nowMs,
    sleep: async (ms: number) => Promise.resolve(advance(ms)),
    turn: () => Promise.resolve(),
  };
  return { ...systemClock, nowMs, advance, hasty };
}
