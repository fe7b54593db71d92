import type { Mutant } from "./mutant.js";

const PACK = "lib/operations/publish/pack.ts";
const GATHERING = "lib/operations/gathering.ts";

/** Bugs of publishes that share slots. */
export const PACK_MUTANTS: readonly Mutant[] = [
  {
    name: "pack-answers-all-with-the-first-place",
    file: PACK,
    find: "const from = next;",
    replace: "const from = Math.min(0, next);",
    found: ["durable", "order"],
  },
  {
    name: "pack-sent-again-though-it-may-be-stored",
    file: PACK,
    find: "if (outcome.retryAfterMs !== undefined || parcels.length === 1) return",
    replace: "if (parcels.length === 1) return",
    found: ["copies"],
  },
  {
    name: "pack-of-all-partitions",
    file: PACK,
    find: '`${topic.uid}#${partition ?? "any"}`',
    replace: "topic.uid",
    found: ["order"],
  },
  {
    name: "pack-forgets-who-joined-meanwhile",
    file: GATHERING,
    find: "const gathered = waiting.splice(0, count);",
    replace: "const gathered = waiting.splice(0).slice(0, Math.min(count, 2));",
    found: ["progress", "answer"],
  },
  {
    name: "pack-results-in-another-order",
    file: GATHERING,
    find: "gathered.forEach(({ resolve }, index) => resolve(results[index] as Result));",
    replace:
      "gathered.forEach(({ resolve }, index) => resolve(results[(index + 1) % results.length] as Result));",
    found: ["durable", "order"],
  },
];
