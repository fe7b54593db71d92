import type { Mutant } from "./mutant.js";

const TOGETHER =
  "pull: several in one process, behind, who settle as they ask for more, while requests get lost";

/** Bugs of settling with the next receive. */
export const SETTLE_AND_RECEIVE_MUTANTS: readonly Mutant[] = [
  {
    name: "settled-with-a-receive-before-it-is-stored",
    file: "lib/operations/consume/settle.ts",
    find: "if (wholes.has(one) && (await ending)) return;",
    replace: "if (wholes.has(one) && ending) return;",
    found: ["place"],
    plan: TOGETHER,
  },
  {
    name: "part-of-a-lease-ended-with-a-receive",
    file: "lib/operations/consume/settle.ts",
    find: "words.size === lease.size && isAcknowledgement(words);",
    replace: "isAcknowledgement(words);",
    found: ["place", "mark"],
    plan: TOGETHER,
  },
];
