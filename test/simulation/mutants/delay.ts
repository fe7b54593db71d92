import type { Mutant } from "./mutant.js";

const DUE = "lib/operations/delay/publish-due.ts";
const MESSAGES = "lib/operations/delay/delay-messages.ts";

/** Bugs of delayed messages. */
export const DELAY_MUTANTS: readonly Mutant[] = [
  {
    name: "delayed-published-and-left",
    file: DUE,
    find: "const beside = taken.map((one) => taking(topic, one));",
    replace: "const beside = taken.flatMap((one) => (Number.isNaN(0) ? [taking(topic, one)] : []));",
    found: ["delayed", "copies", "outbox"],
  },
  {
    name: "delayed-published-early",
    file: DUE,
    find: "const due = await delayed.due(topic, nowMs, limit);",
    replace: "const due = await delayed.due(topic, nowMs + 1_000, limit);",
    found: ["delayed"],
  },
  {
    name: "delayed-id-forgotten",
    file: MESSAGES,
    find: "{ ...content, givenId: id }",
    replace: "content",
    found: ["delayed"],
  },
  {
    name: "delayed-refused-slot-never-halved",
    file: DUE,
    find: "if (!(error instanceof SluiceError) || error.retryAfterMs !== undefined) throw error;",
    replace: "if (error) throw error;",
    found: ["delayed", "progress"],
  },
  {
    name: "delayed-of-a-deleted-topic-never-purged",
    file: "lib/operations/clock/purge-garbage.ts",
    find: "if (!(await delayed.purge(garbage.topic, PURGE_ITEMS))) return false;",
    replace: "void delayed;",
    found: ["leak"],
    within: 1_500,
  },
  {
    name: "cancelled-without-a-look-whether-it-is-there",
    file: "lib/adapters/memory/delayed-store.ts",
    find: 'return cancelled.has(name) ? "cancelled" : "gone";',
    replace: 'return "cancelled";',
    found: ["delayed"],
    within: 1_500,
  },
];
