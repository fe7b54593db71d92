import type { Mutant } from "./mutant.js";

const BURY = "lib/operations/consume/bury.ts";
const END = "lib/operations/redrive/end-dead-letters.ts";
const LIFT = "lib/operations/consume/lift-holds.ts";

/** Bugs of keys that hold for a dead letter: they hold nothing, or for ever. */
export const HOLD_MUTANTS: readonly Mutant[] = [
  {
    name: "key-goes-on-behind-its-dead-letter",
    file: BURY,
    find: "const buried = holds ? heldAfter(subscription, group, due, taking) : takeAgain(group, due, taking);",
    replace: "const buried = takeAgain(group, due, taking);",
    found: ["hold"],
  },
  {
    name: "held-on-for-what-is-deleted",
    file: END,
    find: "const move: Move = { endedDeadLetters: letters, act, put, remove };",
    replace: "const move: Move = { endedDeadLetters: letters, act };",
    found: ["hold"],
  },
  {
    name: "busy-key-with-a-hold-taken-for-free",
    file: "lib/operations/consume/listed-keys.ts",
    find: "if (record && openOfKey(record, place).length > 0) return record;",
    replace:
      "if (record && openOfKey(record, place).some((one) => one.heldUntilMs === undefined)) return record;",
    found: ["hold"],
  },
  {
    name: "hold-of-before-a-seek-left",
    file: LIFT,
    find: "await removeVoid(engine, reader, holding);",
    replace: "",
    found: ["leak", "progress"],
  },
  {
    name: "held-on-once-keys-are-to-hold-no-more",
    file: LIFT,
    find: '(subscription.epoch > 0 || subscription.deadLetter.onDeadLetter === "release");',
    replace: "subscription.epoch > 0;",
    found: ["leak", "progress"],
  },
  {
    name: "what-holds-let-go-with-what-does-not",
    file: LIFT,
    find: "if (holdsKeys(reader)) return false;",
    replace: "",
    found: ["hold"],
  },
  {
    name: "what-dies-holds-on-once-keys-are-to-hold-no-more",
    file: BURY,
    find: 'topic.ordering === "key" && subscription.deadLetter.onDeadLetter === "hold";',
    replace: 'topic.ordering === "key" && subscription.deadLetter.onDeadLetter !== undefined;',
    found: ["hold"],
  },
];
