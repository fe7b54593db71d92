import type { Mutant } from "./mutant.js";

const OPERATOR = "lib/domain/moves/operator.ts";

/** Bugs of an operator's word on one message. */
export const OPERATOR_MUTANTS: readonly Mutant[] = [
  {
    name: "head-passed-for-an-operator-without-the-rest",
    file: OPERATOR,
    find: "for (let from = 0; from < before.length; from += share)",
    replace: "for (let from = share; from < before.length; from += share)",
    found: ["place"],
  },
  {
    name: "ended-ahead-of-a-head-that-stays-before-it",
    file: OPERATOR,
    find: "head: target.offset + 1,",
    replace: "head: target.offset,",
    found: ["duplicate", "place", "dead"],
  },
];
