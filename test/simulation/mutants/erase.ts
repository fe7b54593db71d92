import type { Mutant } from "./mutant.js";

const IN_LOG = "lib/operations/erase/erase-in-log.ts";
const COPIES = "lib/operations/erase/erase-copies.ts";
const MESSAGE = "lib/operations/erase/erase-message.ts";

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
];
