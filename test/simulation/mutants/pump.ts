import type { Mutant } from "./index.js";

const OWNED = "lib/operations/pump/owned-partition.ts";
const SESSION = "lib/operations/pump/session.ts";
const DELIVERY = "lib/operations/pump/delivery.ts";

/** Bugs of pushing, and of what makes up for what is lost. */
export const PUMP_MUTANTS: readonly Mutant[] = [
  {
    name: "head-moves-past-what-is-in-flight",
    file: OWNED,
    find: 'this.#batches.findIndex(({ state }) => state !== "done")',
    replace: 'this.#batches.findIndex(({ state }) => state === "void")',
    found: ["place"],
  },
  {
    name: "failed-message-gets-no-retry",
    file: OWNED,
    find: "if (batch.failed.length === 0) return [];",
    replace: "return [];",
    found: ["place"],
  },
  {
    name: "straggler-left-without-a-lease",
    file: OWNED,
    find: 'if (batch.state === "pending" && batch.lease) return [batch.lease];',
    replace: "",
    found: ["place"],
  },
  {
    name: "failure-of-a-straggler-forgotten",
    file: DELIVERY,
    find: "if (batch.failed.length === 0) {",
    replace: "if (batch.failed.length >= 0) {",
    found: ["place"],
  },
  {
    name: "failed-delivery-acknowledged",
    file: DELIVERY,
    find: 'return outcome.kind === "answered" ? outcome.failedIds : new Set(handed.map(({ id }) => id));',
    replace: 'return outcome.kind === "answered" ? outcome.failedIds : new Set();',
    found: ["place"],
  },
  {
    name: "partial-failures-ignored",
    file: DELIVERY,
    find: 'return outcome.kind === "answered" ? outcome.failedIds : new Set(handed.map(({ id }) => id));',
    replace: 'return outcome.kind === "answered" ? new Set() : new Set(handed.map(({ id }) => id));',
    found: ["place"],
  },
  {
    name: "followers-of-a-failed-key-go-on",
    file: DELIVERY,
    find: 'return topic.ordering === "key" ? withFollowers(handed, failed) : failed;',
    replace: "return failed;",
    found: ["place"],
  },
  {
    name: "one-delivery-too-many",
    file: SESSION,
    find: "return this.#inFlight.size >= (this.#careful ? 1 : this.context.width);",
    replace: "return this.#inFlight.size > (this.#careful ? 1 : this.context.width);",
    found: ["concurrency"],
  },
  {
    name: "tail-read-before-the-release-only",
    file: "lib/operations/pump/pump.ts",
    find: "if (!(await hasWork(",
    replace: "if (started >= 0 || !(await hasWork(",
    found: ["promptness"],
  },
  {
    name: "no-sweep",
    file: "lib/operations/tick.ts",
    find: "if (await hasWork(instance, topic, subscription, () => true)) await startIdlePumps(instance, subscription);",
    replace: "void [hasWork, instance, topic, subscription];",
    found: ["progress"],
  },
];
