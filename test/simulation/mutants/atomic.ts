import type { Mutant } from "./mutant.js";

const PUBLISH = "lib/operations/atomic/atomic-publish.ts";
const MEMORY = "lib/adapters/memory/append.ts";

/** Bugs of publishes that are all or nothing. */
export const ATOMIC_MUTANTS: readonly Mutant[] = [
  {
    name: "atomic-in-two-transactions",
    file: PUBLISH,
    find: "return await this.engine.log.appendAll({ appends, delays });",
    replace:
      "if (appends.length < 2) return await this.engine.log.appendAll({ appends, delays });\n" +
      "      const first = await this.engine.log.appendAll({ appends: appends.slice(0, 1), delays: [] });\n" +
      '      if (first.kind !== "stored") return undefined;\n' +
      "      return await this.engine.log.appendAll({ appends: appends.slice(1), delays });",
    found: ["atomic"],
  },
  {
    name: "atomic-stores-again-where-the-answer-was-lost",
    file: PUBLISH,
    find: "if (error instanceof Conflict) return undefined;",
    replace:
      "this.#parts = await Promise.all(this.#parts.map((part) => this.#partOf(part)));\n" +
      "      if (error instanceof SluiceError) return undefined;",
    found: ["atomic"],
  },
  {
    name: "atomic-key-claims-nothing",
    file: PUBLISH,
    find: "return claim && topic ? [",
    replace: "return claim && topic && slots.length < 0 ? [",
    found: ["atomic"],
  },
  {
    name: "atomic-leaves-delayed-messages-out",
    file: PUBLISH,
    find: "const later = left.filter((place) => this.#delayed.has(place));",
    replace: "const later = left.filter((place) => this.#delayed.has(place) && place < 0);",
    found: ["atomic", "delayed"],
  },
  {
    name: "atomic-stores-what-nothing-is-in-the-way-of",
    file: MEMORY,
    find: "if (appends.some((outcome) => outcome) || delays.some((refusals) => refusals.length > 0))",
    replace:
      "if (appends.every((outcome) => outcome))\n" +
      '    return { kind: "beaten", appends, delays };\n' +
      "  for (const [at, part] of all.appends.entries()) if (!appends[at]) apply(storage, part);\n" +
      "  if (appends.some((outcome) => outcome) || delays.some((refusals) => refusals.length > 0))",
    found: ["log", "atomic"],
  },
  {
    name: "atomic-repeats-are-stored-all-the-same",
    file: PUBLISH,
    find: "return this.#dedupIds(place).map((id) => dedupClaim(topic, id, first, slot.publishedAtMs));",
    replace: "return [].map((id) => dedupClaim(topic, id, first, slot.publishedAtMs));",
    found: ["dedup"],
  },
];
