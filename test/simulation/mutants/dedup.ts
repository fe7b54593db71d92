import type { Mutant } from "./mutant.js";

const ONCE = "lib/operations/publish/append-once.ts";
const DEDUP = "lib/domain/dedup.ts";
const DELAY = "lib/operations/delay/delay-messages.ts";

/** Bugs of messages that are stored once. */
export const DEDUP_MUTANTS: readonly Mutant[] = [
  {
    name: "dedup-claims-nothing",
    file: ONCE,
    find: "const ids = left.flatMap((place, index): readonly Claim[] => {",
    replace: "const ids = left.slice(0, 0).flatMap((place, index): readonly Claim[] => {",
    found: ["dedup"],
  },
  {
    name: "dedup-drops-the-message-beside-it",
    file: ONCE,
    find: "const claiming = left.flatMap((place) => this.#idsOf(place).map(() => place));",
    replace: "const claiming = left;",
    found: ["dedup", "durable"],
  },
  {
    name: "dedup-answers-with-a-place-that-was-lost",
    file: ONCE,
    find: "return this.#idsOf(place).map((id) => dedupClaim(this.topic, id, first, slot.publishedAtMs));",
    replace:
      "const kept = ((this as unknown as { k: Map<string, Stored> }).k ??= new Map<string, Stored>());\n" +
      "      return this.#idsOf(place).map((id) => {\n" +
      "        if (!kept.has(id)) kept.set(id, first);\n" +
      "        return dedupClaim(this.topic, id, kept.get(id) ?? first, slot.publishedAtMs);\n" +
      "      });",
    found: ["dedup"],
    within: 1_500,
  },
  {
    name: "dedup-window-in-the-wrong-unit",
    file: DEDUP,
    find: "Math.max(topic.dedupWindowSeconds * 1_000,",
    replace: "Math.max(topic.dedupWindowSeconds,",
    found: ["dedup"],
  },
  {
    name: "dedup-window-never-ends",
    file: "lib/adapters/memory/records.ts",
    find: "(records.get(name)?.expiresAtMs ?? (records.has(name) ? Infinity : 0)) > nowMs",
    replace: "(records.has(name) ? nowMs + 1 : 0) > nowMs",
    found: ["dedup"],
  },
  {
    name: "dedup-pack-takes-an-id-twice",
    file: "lib/operations/publish/pack-once.ts",
    find: "if (ids.some((id) => seen.has(id))) return true;",
    replace: "",
    found: ["crash", "answer", "progress"],
    within: 1_500,
  },
  {
    name: "dedup-of-one-request-not-seen",
    file: DEDUP,
    find: "known.set(id, first);",
    replace: "known.delete(id);",
    found: ["crash", "answer", "progress"],
  },
  {
    name: "dedup-of-delayed-messages-claims-nothing",
    file: DELAY,
    find: "const claiming = left.flatMap((one) => one.dedupIds.map((id) => ({ one, id })));",
    replace: "const claiming = left.slice(0, 0).flatMap((one) => one.dedupIds.map((id) => ({ one, id })));",
    found: ["dedup"],
  },
];
