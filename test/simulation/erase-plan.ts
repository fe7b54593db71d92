import type { Plan } from "./plan.js";
import type { World } from "./world.js";

/** Some of the runs. */
export const ERASED: readonly number[] = [26, 41, 50];
export const ERASED_OF = 61;

/** The same with somebody who erases messages: then what is strictly looked at may be disturbed. */
export const withEraser = (world: World, plan: Plan): Plan => ({
  ...plan,
  calm: [],
  failing: [],
  topic: {
    ...plan.topic,
    erasers: [{ erasures: world.between(3, 12), gapMs: world.pick([300, 4_000, 30_000]) }],
  },
});
