import type { Mutant } from "./mutant.js";

const BUDGET = "lib/operations/memory-budget.ts";

/** Bugs of what decoded messages take in memory. */
export const MEMORY_MUTANTS: readonly Mutant[] = [
  {
    name: "memory-by-messages-not-by-bytes",
    file: BUDGET,
    find: "BYTES_A_KEPT_BYTE * messageSizeBytes(message) + BYTES_A_SENT_BYTE * sentBytes + BYTES_A_MESSAGE",
    replace: "BYTES_A_BYTE * Math.min(64, messageSizeBytes(message), sentBytes)",
    found: ["memory"],
  },
  {
    name: "memory-freed-before-the-delivery",
    file: "lib/operations/push/flights.ts",
    find: "const delivery = await deliver(this.engine, batch)",
    replace: "batch.free();\n    const delivery = await deliver(this.engine, batch)",
    also: {
      file: "lib/operations/push/flights.ts",
      find: "    batch.free();\n    await",
      replace: "    await",
    },
    found: ["memory"],
  },
];
