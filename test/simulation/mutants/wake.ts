import type { Mutant } from "./mutant.js";

const PUMP = "lib/operations/push/pump.ts";

/** Bugs of what wakes pumps: doorbells, knocks, and the list of subscriptions. */
export const WAKE_MUTANTS: readonly Mutant[] = [
  {
    name: "pump-that-finds-its-lane-held-leaves-no-word",
    file: PUMP,
    find: 'if ((await locks.knock(name, clock.nowMs())) === "held") return undefined;',
    replace: "return undefined;",
    world: "a pump that ends, and one that is started for what came meanwhile",
    found: ["promptness"],
  },
  {
    name: "doorbell-finds-a-lane-held-and-leaves-no-word",
    file: "lib/adapters/memory/locks.ts",
    find: "locks.set(name, { ...there, isKnocked: true });",
    replace: "",
    world: "a pump that ends, and a doorbell that knows of it",
    found: ["promptness"],
  },
  {
    name: "knock-not-heard",
    file: PUMP,
    find: 'isOver: released === "released" && session.isOver',
    replace: 'isOver: released !== "lost" && session.isOver',
    world: "a pump that ends, and a doorbell that knows of it",
    found: ["promptness", "fairness"],
  },
  {
    name: "list-of-subscriptions-believed-though-one-changed",
    file: "lib/operations/push/roster.ts",
    find: "if (known?.changes === changes) return known;",
    replace: "if (known) return known;",
    // "leak": a pump starts for a subscription that was deleted, whose progress has been removed by then.
    found: ["pause", "start", "leak"],
  },
  {
    name: "roster-believed-though-a-subscription-changed",
    file: "lib/operations/push/roster.ts",
    find: "if (kept?.changes === changes) return kept;",
    replace: "if (kept) return kept;",
    found: ["pause", "start", "leak", "promptness"],
  },
  {
    name: "change-of-a-subscription-not-counted",
    file: "lib/adapters/memory/subscription-store.ts",
    find: "count(subscription.topic, 0);",
    replace: "",
    found: ["pause", "start"],
  },
  {
    name: "rests-though-a-message-failed",
    file: "lib/operations/push/owned-supply.ts",
    find: "return this.#isClean && !this.first.hadRecords && !isAnyLeft && news.every(isPassed);",
    replace: "void isAnyLeft;\n    return this.#isClean && !this.first.hadRecords && news.every(isPassed);",
    found: ["promptness", "isolation", "fairness", "progress"],
  },
];
