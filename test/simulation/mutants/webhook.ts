import type { Mutant } from "./mutant.js";

/** Bugs of webhooks: of those that are gone, and of their secrets. */
export const WEBHOOK_MUTANTS: readonly Mutant[] = [
  {
    name: "whatever-was-refused-counts-for-the-day-of-410",
    file: "lib/domain/breaker.ts",
    find: "Math.min(nowMs, earlier?.goneSinceMs ?? nowMs)",
    replace: "(earlier?.sinceMs ?? nowMs)",
    found: ["gone"],
  },
  {
    name: "gone-for-good-and-never-disabled",
    file: "lib/domain/breaker.ts",
    find: "nowMs - goneSinceMs >= goneForMs + CLOCKS_APART_MS",
    replace: "nowMs - goneSinceMs >= Infinity",
    found: ["gone"],
  },
  {
    name: "disabled-and-delivered-to-all-the-same",
    file: "lib/domain/lane.ts",
    find: "!paused && !disabled &&",
    replace: "!paused && (!disabled || true) &&",
    found: ["pause"],
  },
  {
    name: "woken-and-still-disabled",
    file: "lib/operations/manage/wake.ts",
    find: "{ subscription: enabled(found) }",
    replace: "{ subscription: found }",
    found: ["progress"],
  },
  {
    name: "secrets-read-once-and-kept",
    file: "lib/adapters/https/known-secrets.ts",
    find: "if (known?.version === version)",
    replace: "if (known)",
    found: ["secret"],
  },
  {
    name: "a-rotation-ends-the-secret-before-at-once",
    file: "lib/domain/webhook/secrets.ts",
    find: "untilMs: nowMs + OVERLAP_MS }",
    replace: "untilMs: nowMs }",
    found: ["secret"],
  },
];
