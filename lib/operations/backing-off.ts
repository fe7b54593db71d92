import type { BackingOff } from "../domain/moves/backoff.js";
import type { Engine } from "./engine.js";

/** What a decision on a failed message needs of this process, now. */
export const backingOffNow = ({ clock, random }: Pick<Engine, "clock" | "random">): BackingOff => ({
  nowMs: clock.nowMs(),
  below: (below) => random.below(below),
});
