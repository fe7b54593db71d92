import type { Mutant } from "./mutant.js";

const DOMAIN = "lib/domain/batch-window.ts";
const COLLECTING = "lib/domain/collecting.ts";
const PUMP = "lib/operations/push/pump.ts";

/** Bugs of how messages wait for others to be delivered with them. */
export const WINDOW_MUTANTS: readonly Mutant[] = [
  {
    name: "nothing-waits-for-a-batch-window",
    file: DOMAIN,
    find: "if (windowSeconds === 0 ||",
    replace: "if (windowSeconds >= 0 ||",
    found: ["window"],
  },
  {
    name: "each-message-begins-the-batch-window-anew",
    file: DOMAIN,
    find: "Math.min(oldestMs + windowSeconds * 1_000,",
    replace: "Math.min(newestMs + windowSeconds * 1_000,",
    found: ["promptness"],
  },
  {
    name: "no-wake-up-for-the-end-of-a-batch-window",
    file: PUMP,
    find: "Math.min(nextDueMs, left?.untilMs ?? Infinity)",
    replace: "Math.min(nextDueMs, left ? Infinity : Infinity)",
    found: ["promptness"],
  },
  {
    name: "doorbell-joins-a-delivery-that-it-fills",
    file: COLLECTING,
    find: "const isSmall = end <= room.below &&",
    replace: "const isSmall =",
    found: ["promptness"],
  },
  {
    name: "a-batch-window-is-left-as-it-is-full",
    file: "lib/operations/push/delivery-room.ts",
    find: "if (this.isFull || this.#count === 0) return 0;",
    replace: "if (this.#count === 0) return 0;",
    found: ["promptness"],
  },
  {
    name: "a-pump-keeps-the-settings-that-it-began-with",
    file: "lib/operations/push/lane-keeper.ts",
    find: "now.version === subscription.version;",
    replace: "now.epoch === subscription.epoch;",
    found: ["settings"],
  },
];
