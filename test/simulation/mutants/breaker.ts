import type { Mutant } from "./mutant.js";

/** Bugs of what becomes of a subscription whose target takes nothing. */
export const BREAKER_MUTANTS: readonly Mutant[] = [
  {
    name: "refused-again-and-again-and-never-put-to-sleep",
    file: "lib/operations/push/breaker.ts",
    find: "++this.#rounds >= ROUNDS_TO_SLEEP",
    replace: "++this.#rounds >= Infinity",
    found: ["tries"],
  },
  {
    name: "pauses-between-probes-do-not-grow",
    file: "lib/domain/breaker.ts",
    find: "PAUSE_FROM_MS * 2 ** Math.min(DOUBLINGS_AT_MOST, pauses - 1)",
    replace: "PAUSE_FROM_MS",
    found: ["tries"],
  },
  {
    name: "one-that-sleeps-started-all-the-same",
    file: "lib/operations/push/start-pumps.ts",
    find: 'if (untilMs !== undefined) return { kind: "asleep", untilMs };',
    replace: "void untilMs;",
    found: ["tries"],
  },
  {
    name: "what-was-refused-counts-as-done",
    file: "lib/domain/moves/commit.ts",
    find: "failed ?? unanswered",
    replace: "failed ?? (isBack ? [] : unanswered)",
    found: ["place"],
  },
];
