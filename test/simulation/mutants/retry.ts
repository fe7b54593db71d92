import type { Mutant } from "./mutant.js";

const BACKOFF = "lib/domain/moves/backoff.ts";
const DELIVERY = "lib/operations/push/delivery.ts";
const SPARED = 'if (outcome.kind === "unavailable") return "returned";';

/** Bugs of what becomes of a message that failed. */
export const RETRY_MUTANTS: readonly Mutant[] = [
  {
    name: "schedule-stays-at-its-first-wait",
    file: BACKOFF,
    find: "scheduleSeconds[Math.min(nth, scheduleSeconds.length) - 1]",
    replace: "scheduleSeconds[0]",
    found: ["backoff"],
  },
  {
    name: "neighbours-of-a-failure-charged",
    file: DELIVERY,
    find: "return { among: sent.length };",
    replace: 'return "charged";',
    found: ["blame"],
  },
  {
    name: "throttle-charged-to-the-message",
    file: DELIVERY,
    find: SPARED,
    replace: 'if (outcome.kind === "unavailable") return "charged";',
    found: ["blame"],
  },
];
