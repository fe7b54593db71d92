import type { Mutant } from "./mutant.js";

const ONCE = "lib/operations/publish/append-once.ts";
const SENT = "lib/domain/sent-request.ts";

/** Bugs of requests that are sent again under a key. */
export const SENT_REQUEST_MUTANTS: readonly Mutant[] = [
  {
    name: "sent-request-claims-nothing",
    file: ONCE,
    find: "return [...ids, ...request];",
    replace: "return [...ids, ...request.slice(1)];",
    found: ["sent", "durable"],
  },
  {
    name: "sent-request-takes-any-body",
    file: SENT,
    find: 'if (kept.h !== digest(part.fingerprint)) return "other";',
    replace: "",
    found: ["sent"],
  },
  {
    name: "sent-request-forgets-which-were-repeats",
    file: ONCE,
    find: "if (result) listed.set(part.indexes[place] as number, result);",
    replace: "if (result && place < 0) listed.set(part.indexes[place] as number, result);",
    found: ["sent", "durable", "dedup"],
  },
  {
    name: "sent-request-of-repeats-keeps-no-key",
    file: ONCE,
    find: "return part ? await claimAnswers(engine, topic, part, results) : results;",
    replace:
      "return part && results.length < 0 ? await claimAnswers(engine, topic, part, results) : results;",
    found: ["sent"],
  },
  {
    name: "sent-request-delayed-and-not-known",
    file: "lib/operations/delay/delay-messages.ts",
    find: "claims: [...claims, ...request]",
    replace: "claims: [...claims, ...request.slice(1)]",
    found: ["sent"],
    within: 1_500,
  },
];
