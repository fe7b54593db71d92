import type { Mutant } from "./mutant.js";

const PUMP = "lib/operations/push/pump.ts";
const ON_ITS_WAY = "lib/operations/push/on-its-way.ts";
const ON_ITS_WAY_ASKED = "a pump on its way to a lane that was asked for, and a doorbell that counts on it";

/** Bugs of what wakes pumps: doorbells, knocks, and the list of subscriptions. */
export const WAKE_MUTANTS: readonly Mutant[] = [
  {
    name: "pump-that-finds-its-lane-held-leaves-no-word",
    file: PUMP,
    find: 'if ((await locks.knock(name, clock.nowMs())).kind === "held") return undefined;',
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
    name: "counts-on-a-pump-that-has-come-and-gone",
    file: ON_ITS_WAY,
    find: "if (started.takes !== undefined) return takes !== started.takes;",
    replace: "if (started.takes !== undefined) return false;",
    world: ON_ITS_WAY_ASKED,
    found: ["promptness"],
  },
  {
    name: "counts-on-a-pump-that-has-come-to-a-new-lane-and-gone",
    file: ON_ITS_WAY,
    find: "return takenAtMs !== undefined && takenAtMs > started.atMs - LONG_BEFORE_MS;",
    replace: "return takenAtMs !== undefined && takenAtMs > started.atMs + LONG_BEFORE_MS;",
    world: "a pump on its way to a lane that nobody ever had, and a doorbell that counts on it",
    found: ["promptness"],
  },
  {
    name: "word-left-though-the-lane-was-taken-meanwhile",
    file: "lib/adapters/memory/locks.ts",
    find: "(there?.takes ?? 0) !== takes",
    replace: "(there?.takes ?? 0) < takes",
    world: ON_ITS_WAY_ASKED,
    found: ["promptness"],
  },
  {
    name: "counts-on-a-pump-and-leaves-no-word",
    file: ON_ITS_WAY,
    find: 'return (await locks.call(name, lane.takes, nowMs)) === "called" ? "yes" : "taken";',
    replace: 'void locks;\n  return "yes";',
    world: ON_ITS_WAY_ASKED,
    found: ["promptness"],
  },
  {
    name: "word-for-whoever-comes-not-heard",
    file: PUMP,
    find: "if (acquired.isCalled) this.#hints = hintsOfBurst(this.#hints);",
    replace: "void hintsOfBurst;",
    also: {
      file: "lib/adapters/memory/locks.ts",
      find: 'return there.isKnocked || there.calledAtMs !== undefined ? "knocked" : "released";',
      replace: 'return there.isKnocked ? "knocked" : "released";',
    },
    world: ON_ITS_WAY_ASKED,
    found: ["promptness"],
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
    world: "a pump that knows all that it was started for, of which a message fails",
    found: ["promptness"],
  },
];
