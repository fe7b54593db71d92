import type { Mutant } from "./mutant.js";

const IN_LOG = "lib/operations/erase/erase-in-log.ts";
const COPIES = "lib/operations/erase/erase-copies.ts";
const MESSAGE = "lib/operations/erase/erase-message.ts";

const OUTBOX = "lib/operations/erase/erase-in-outbox.ts";
const IN_OUTBOX = "erased: in the outbox, or after their topic has refused them";

/** Bugs of erasing. */
export const ERASE_MUTANTS: readonly Mutant[] = [
  {
    name: "erased-object-stays",
    file: IN_LOG,
    find: "for (const key of [outcome.object, outcome.upload])",
    replace: "for (const key of [outcome.upload])",
    found: ["erased"],
  },
  {
    name: "erased-with-its-neighbour",
    file: "lib/domain/erasure.ts",
    find: "messages.map((message, at) => (at === index ? erasedContent(message, erased) : message));",
    replace:
      "messages.map((message, at) => (at >> 1 === index >> 1 ? erasedContent(message, erased) : message));",
    found: ["erased"],
  },
  {
    name: "erased-with-its-tag-left",
    file: "lib/domain/erasure.ts",
    find: 'contentType: "text/plain",',
    replace: 'contentType: "text/plain", tag: "left",',
    found: ["erased"],
  },
  {
    name: "erased-and-its-dead-letter-stays",
    file: COPIES,
    find: "const hadLetter = await this.#endLetter();",
    replace: "const hadLetter = inLog ? false : await this.#endLetter();",
    found: ["erased"],
  },
  {
    name: "erased-and-nobody-hears-of-it",
    file: MESSAGE,
    find: "if (inLog) await noteErased(engine, topic);",
    replace: "if (!inLog) await noteErased(engine, topic);",
    found: ["erased"],
  },
  {
    name: "pump-goes-on-with-what-was-erased",
    file: "lib/operations/push/lane-keeper.ts",
    find: "topicNow.erasedAtMs === topic.erasedAtMs &&",
    replace: "topicNow.erasedAtMs !== -1 &&",
    found: ["expiry"],
  },
  {
    name: "told-to-be-erased-and-the-relay-was-faster",
    file: OUTBOX,
    find: 'if (waiting && (await outbox.erase(waiting, erasure)) === "erased") return erasure;',
    replace: "if (waiting) return (await outbox.erase(waiting, erasure)) && erasure;",
    found: ["outbox"],
    plan: IN_OUTBOX,
  },
  {
    name: "refused-ones-are-told-to-be-erased-and-kept",
    file: OUTBOX,
    find: 'return (await outbox.erase(refused, erasure)) === "erased" ? erasure : undefined;',
    replace: "return erasure;",
    found: ["outbox"],
    plan: IN_OUTBOX,
  },
  {
    name: "delayed-one-is-told-to-be-erased-and-published",
    file: MESSAGE,
    find: 'if ((await engine.delayed.cancel(topic, id, rememberedUntilMs)) === "gone") return false;',
    replace: "if (!delayed) await engine.delayed.cancel(topic, id, rememberedUntilMs);",
    found: ["delayed"],
    plan: "erased: while they are delayed",
  },
];
