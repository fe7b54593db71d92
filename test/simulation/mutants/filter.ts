import type { Mutant } from "./mutant.js";

const READ_RANGE = "lib/operations/log/read-range.ts";
const LEFT_OUT = "lib/operations/consume/left-out.ts";
const IS_OF_THIS =
  "const isOfThis = known?.version === version && known.epoch === epoch && known.filter === filter;";

/** Bugs of what a subscription's filter leaves out. */
export const FILTER_MUTANTS: readonly Mutant[] = [
  {
    name: "match-that-does-not-fit-passed",
    file: READ_RANGE,
    find: "this.#next = { head: offset, slotBase: slot.base };",
    replace:
      "this.#next = this.sieve.isFine ? { head: offset, slotBase: slot.base } : { head: end, slotBase: end };",
    found: ["place"],
  },
  {
    name: "left-out-handed-out",
    file: READ_RANGE,
    find: "this.#addLeftOut(offset + 1, 1);\n          continue;",
    replace: "this.#addLeftOut(offset + 1, 1);",
    found: ["filter"],
  },
  {
    name: "header-that-cannot-tell-counts-as-no-match",
    file: "lib/domain/filter/slot-filter.ts",
    find: 'return may === "open-it" ? slot.count - first :',
    replace: 'return may === "open-it" ? 0 :',
    found: ["place", "progress", "isolation", "promptness"],
  },
  {
    name: "left-out-counted-as-expired",
    file: READ_RANGE,
    find: 'if (opened.kind === "left-out") this.#addLeftOut(end, end - from);',
    replace: 'if (opened.kind === "left-out") this.addExpired(end, end - from);',
    found: ["expired"],
  },
  {
    name: "handed-out-told-of-as-left-out",
    file: "lib/operations/consume/take-from.ts",
    find: "const messages = from.leftOut + leftOut;",
    replace: "const messages = from.leftOut + ahead.looked;",
    found: ["filter"],
  },
  {
    name: "remembered-place-outlives-its-filter",
    file: LEFT_OUT,
    find: IS_OF_THIS,
    replace: "const isOfThis = known?.version === version && known.epoch === epoch;",
    world: "a consumer that has left out what is there, and an operator who changes its filter",
    found: ["isolation", "promptness"],
  },
  {
    name: "remembered-place-outlives-a-seek",
    file: LEFT_OUT,
    find: IS_OF_THIS,
    replace: "const isOfThis = known !== undefined && known.filter === filter;",
    found: ["place", "progress", "isolation", "nowhere"],
  },
  {
    name: "change-of-a-filter-wakes-nobody",
    file: "lib/operations/manage/subscriptions.ts",
    find: "      wanted !== before ||\n",
    replace: "",
    world: "a pump that leaves out what is there, and an operator who changes its filter",
    found: ["promptness"],
  },
  {
    name: "rests-before-anything-was-looked-at",
    file: "lib/operations/push/has-work.ts",
    find: "const mayWant = await mayWantAhead(engine, { topic, subscription }, partition, cursor, offset);",
    replace: "const mayWant = subscription.filter === undefined || !mayWantAhead;",
    found: ["mark", "promptness", "progress"],
  },
  {
    name: "doorbell-leaves-out-a-match",
    file: "lib/operations/push/rings-for.ts",
    find: "views.some((view) => mayMatch(filter, view))",
    replace: "views.every((view) => mayMatch(filter, view))",
    world: "a doorbell of what a filter wants, beside what it does not",
    found: ["promptness"],
  },
  {
    name: "filter-kept-for-minutes",
    file: "lib/operations/filter-in-force.ts",
    find: "const IN_FORCE_FOR_MS = 8_000;",
    replace: "const IN_FORCE_FOR_MS = 120_000;",
    world: "a consumer that knows a filter, and an operator who changes it",
    found: ["filter"],
  },
];
