import type { Mutant } from "./mutant.js";

/** Bugs of who is said to have a lease. */
export const LEASE_MUTANTS: readonly Mutant[] = [
  {
    name: "lease-of-another-consumer-of-its-process",
    file: "lib/operations/consume/take-from.ts",
    find: "takers: now.map(takerOf),",
    replace: "takers: now.map(() => takerOf(first)),",
    found: ["consumer"],
  },
  {
    name: "lease-still-of-who-had-it-before",
    file: "lib/domain/moves/take.ts",
    find: "nonce(), taker) : undefined;",
    replace: 'nonce(), first.kind === "lease" ? first : taker) : undefined;',
    found: ["consumer"],
  },
];
