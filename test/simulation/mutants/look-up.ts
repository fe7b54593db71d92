import type { Mutant } from "./mutant.js";

const FIND = "lib/operations/manage/find-message.ts";
const TRACE = "lib/operations/manage/trace-message.ts";

/** Bugs of looking messages up. */
export const LOOK_UP_MUTANTS: readonly Mutant[] = [
  {
    name: "look-up-finds-nothing-that-is-not-due",
    file: FIND,
    find: "(given ? await scheduled(engine, topic, id) : undefined)",
    replace: "(given && id.length < 0 ? await scheduled(engine, topic, id) : undefined)",
    found: ["look-up"],
  },
  {
    name: "trace-goes-by-the-head-alone",
    file: TRACE,
    find: "if (record) return await this.#held(record, cursor);",
    replace: "if (record && record.spans.length < 0) return await this.#held(record, cursor);",
    found: ["look-up"],
  },
  {
    name: "look-up-takes-the-first-of-a-slot",
    file: FIND,
    find: "const message = messageAt(address, slot, read.messages, address.offset);",
    replace: "const message = messageAt(address, slot, read.messages, slot.base);",
    found: ["look-up"],
  },
];
