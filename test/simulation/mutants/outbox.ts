import type { Mutant } from "./mutant.js";

const MOVE = "lib/operations/relay/move-messages.ts";
const RELAY = "lib/operations/relay/relay.ts";
const SWEEP = "lib/operations/clock/sweep-outbox.ts";

/** Bugs of the outbox. */
export const OUTBOX_MUTANTS: readonly Mutant[] = [
  {
    name: "outbox-message-left-where-it-was",
    file: MOVE,
    find: "choose, batch.map(takeOf));",
    replace: "choose, batch.map(takeOf).slice(1));",
    found: ["outbox", "copies"],
  },
  {
    name: "outbox-order-by-shard",
    file: MOVE,
    find: "[...chain].sort(byName)",
    replace: "[...chain].sort(byName).reverse()",
    found: ["outbox"],
  },
  {
    name: "outbox-batch-overtakes-one-that-failed",
    file: MOVE,
    find: "if (outcome.hasRaced) return { moved, hasRaced: true };\n  }\n  return { moved, hasRaced: false };",
    replace: "if (outcome.hasRaced) continue;\n  }\n  return { moved, hasRaced: false };",
    found: ["outbox"],
    within: 3_000,
  },
  {
    name: "outbox-raced-relay-gives-up",
    file: RELAY,
    find: 'if (step === "over") return;',
    replace: 'if (step !== "more") return;',
    found: ["outbox"],
    within: 1_500,
  },
  {
    name: "outbox-without-sweep",
    file: SWEEP,
    find: "  await moveStranded(engine, found, untilMs);\n  return",
    replace: "  return",
    found: ["outbox"],
  },
  {
    name: "outbox-message-loses-its-id",
    file: MOVE,
    find: "({ ...message.content, givenId: outboxMessageId(message) })",
    replace: "message.content",
    found: ["outbox"],
  },
  {
    name: "outbox-message-without-a-key-put-into-any-partition",
    file: MOVE,
    find: 'ordering === "key" && content && content.key === undefined ? KEY_REQUIRED : fault;',
    replace: 'ordering === "none" && content === undefined ? KEY_REQUIRED : fault;',
    found: ["outbox"],
  },
];
