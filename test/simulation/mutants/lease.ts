import type { Mutant } from "./mutant.js";

/** Bugs of who is said to have a lease. */
export const LEASE_MUTANTS: readonly Mutant[] = [
  {
    name: "lease-of-another-consumer-of-its-process",
    file: "lib/operations/consume/take-from.ts",
    find: "consumers: now.map(({ consumer }) => consumer),",
    replace: "consumers: now.map(() => first.consumer),",
    found: ["consumer"],
  },
  {
    name: "lease-still-of-who-had-it-before",
    file: "lib/domain/moves/take.ts",
    find: "nonce(), consumer) : undefined;",
    replace: 'nonce(), first.kind === "lease" ? first.consumer : consumer) : undefined;',
    found: ["consumer"],
  },
];
