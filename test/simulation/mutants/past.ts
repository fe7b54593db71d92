import type { Mutant } from "./mutant.js";

/** Bugs of what is kept of a message's failed attempts. */
export const PAST_MUTANTS: readonly Mutant[] = [
  {
    name: "failures-forgotten-as-it-comes-again",
    file: "lib/domain/moves/take.ts",
    find: "...(past?.failures === undefined ? {} : { failures: past.failures }),",
    replace: "",
    found: ["past"],
  },
  {
    name: "failure-of-several-noted-as-its-own",
    file: "lib/domain/progress/blame.ts",
    find: "const shared = isAlone || among === undefined ? {} : { among };",
    replace: "const shared = {};",
    found: ["past"],
  },
  {
    name: "origin-of-a-redriven-message-lost",
    file: "lib/domain/moves/redrive.ts",
    find: 'kind: "dead-lettered",',
    replace: 'kind: "failed",',
    found: ["past"],
  },
  {
    name: "first-failures-kept-instead-of-the-last",
    file: "lib/domain/progress/failures.ts",
    find: "const last = failures.slice(-count);",
    replace: "const last = failures.slice(0, count);",
    found: ["past"],
  },
  {
    name: "failures-go-back-in-time",
    file: "lib/domain/progress/failures.ts",
    find: "const atMs = Math.max(next.atMs, past.at(-1)?.atMs ?? 0);",
    replace: "const { atMs } = next;",
    found: ["past"],
  },
];
