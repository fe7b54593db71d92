import type { Mutant } from "./mutant.js";

const ATTEMPTS = "lib/operations/push/attempts.ts";
/** Few traced runs have nothing go wrong: only there has every attempt to be told of. */
const CALM_SEEDS = 1_200;

/** Bugs of what is told of attempts. */
export const JOURNAL_MUTANTS: readonly Mutant[] = [
  {
    name: "journal-tells-of-what-was-not-taken",
    file: ATTEMPTS,
    find: 'blame === "returned" || (blame === "spared" && !isRejected)',
    replace: 'blame === "spared" && !isRejected',
    found: ["journal"],
  },
  {
    name: "journal-takes-neighbours-for-one",
    file: "lib/domain/journal.ts",
    find: "  one.outcome === other.outcome &&\n",
    replace: "",
    found: ["journal"],
  },
  {
    name: "journal-keeps-the-last-delivery-only",
    file: "lib/operations/journal.ts",
    find: "this.#attempts.push(...attempts);",
    replace: "this.#attempts = [...attempts];",
    found: ["journal"],
    within: CALM_SEEDS,
  },
  {
    name: "journal-not-written-at-the-end",
    file: "lib/operations/push/flights.ts",
    find: "    await this.#journal.flush();\n",
    replace: "",
    found: ["journal"],
    within: CALM_SEEDS,
  },
  {
    name: "journal-calls-done-what-was-sent-back",
    file: "lib/operations/consume/answered-attempts.ts",
    find: 'retry: "failed"',
    replace: 'retry: "done"',
    found: ["journal"],
  },
];
