import type { Mutant } from "./mutant.js";

const FITTING = "lib/operations/delay/publish-fitting.ts";

/** Bugs of topics with a schema. */
export const SCHEMA_MUTANTS: readonly Mutant[] = [
  {
    name: "schema-not-checked",
    file: "lib/operations/publish/body-faults.ts",
    find: "if (schema === undefined) return contents.map(() => undefined);",
    replace: "if (schema === undefined || contents.length > 1) return contents.map(() => undefined);",
    found: ["schema"],
  },
  {
    name: "schema-refuses-a-neighbour",
    file: FITTING,
    find: 'if (fault) return { kind: "failed", error: fault };',
    replace:
      'if (fault ?? faults[0]) return { kind: "failed", error: (fault ?? faults[0]) as InvalidRequest };',
    found: ["schema", "durable", "answer"],
  },
  {
    name: "schema-stores-the-rest-of-a-keyed-request",
    file: FITTING,
    find: "const fitting = isKeyed ? [] : drafts.filter(",
    replace: "const fitting = drafts.filter(",
    found: ["schema"],
  },
  {
    name: "schema-asked-again-when-a-message-is-due",
    file: "lib/operations/delay/publish-due.ts",
    find: "const opened = await Promise.all(batch.map((one) => this.#open(one)));",
    replace: `const opened = await Promise.all(batch.map((one) => this.#open(one)));
    for (const [index, one] of batch.entries()) {
      const content = opened[index];
      if (content === TROUBLE || content === undefined || content instanceof UnreadableSlot) continue;
      const [fault] = await bodyFaults(this.engine, topic, [content]);
      if (fault) opened[index] = new UnreadableSlot(fault.message);
    }`,
    also: {
      file: "lib/operations/delay/publish-due.ts",
      find: 'import { choosing } from "../publish/append-messages.js";',
      replace:
        'import { choosing } from "../publish/append-messages.js";' +
        'import { bodyFaults } from "../publish/body-faults.js";',
    },
    found: ["delayed"],
  },
  {
    name: "schema-lets-what-is-delayed-through",
    file: FITTING,
    find: "  tellRefused(engine, topic, faults);",
    replace:
      "  drafts.forEach((draft, at) => 'deliverAtMs' in draft && ((faults as unknown[])[at] = undefined));" +
      "  tellRefused(engine, topic, faults);",
    found: ["schema"],
  },
  {
    name: "schema-not-checked-in-the-outbox",
    file: "lib/operations/relay/move-messages.ts",
    find: "const why = faultOf(topic, message) ?? unfit.get(message);",
    replace: "const why = faultOf(topic, message);",
    found: ["schema"],
  },
  {
    name: "schema-lets-later-ones-of-a-key-pass-one-that-does-not-fit",
    file: "lib/operations/relay/move-messages.ts",
    find: '"behind" : "messages"',
    replace: '"messages" : "messages"',
    found: ["outbox"],
  },
  {
    name: "schema-puts-a-neighbour-aside-in-the-outbox",
    file: "lib/operations/relay/move-messages.ts",
    find: "if (fault instanceof InvalidRequest) unfit.set(message, fault.message);",
    replace:
      "const any = faults.find((one) => one instanceof InvalidRequest);" +
      "    if (any instanceof InvalidRequest) unfit.set(message, any.message);",
    found: ["outbox"],
  },
];
