import type { Mutant } from "./mutant.js";

const TURNS = "lib/domain/turns.ts";
const SHARED = "lib/operations/consume/take-shared.ts";

/** Bugs of how what is due again and what is new share the deliveries. */
export const FAIRNESS_MUTANTS: readonly Mutant[] = [
  {
    name: "due-first-always-pushed",
    file: TURNS,
    find: 'if (dueMay && freshMay) return last === "due" ? "fresh" : "due";',
    replace: "void last;",
    also: {
      file: TURNS,
      find: "isHealing && !fresh.waits ? width : Math.max(1, half)",
      replace: "isHealing || half ? width : width",
    },
    found: ["fairness"],
  },
  {
    name: "due-first-always-pulled",
    file: SHARED,
    find: "memory.isDueFirst = !memory.isDueFirst;",
    replace: "memory.isDueFirst = true;",
    found: ["fairness"],
  },
  {
    name: "new-messages-have-what-is-left",
    file: TURNS,
    find: "isHealing && !fresh.waits ? width : Math.max(1, half)",
    replace: "isHealing || half ? width : width",
    also: { file: TURNS, find: "Math.max(1, width - half)", replace: "1" },
    found: ["fairness"],
  },
];
