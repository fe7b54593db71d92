import type { Mutant } from "./mutant.js";

const PACING = "lib/operations/push/pacing.ts";

/** Bugs of how a subscription's rate limit is kept. */
export const RATE_MUTANTS: readonly Mutant[] = [
  {
    name: "looks-under-way-take-no-room-of-the-rate",
    file: PACING,
    find: "this.#reserved++;",
    replace: "this.#reserved += 0;",
    also: { file: PACING, find: "this.#reserved--;", replace: "this.#reserved -= 0;" },
    found: ["rate"],
  },
  {
    name: "looks-that-bring-nothing-keep-their-room",
    file: "lib/operations/push/leased-supply.ts",
    find: "this.context.pacing.release();",
    replace: "void this.context.pacing;",
    found: ["progress", "promptness"],
  },
];
