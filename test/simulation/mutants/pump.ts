import type { Mutant } from "./mutant.js";

const OWNED = "lib/operations/push/owned-partition.ts";
const SESSION = "lib/operations/push/session.ts";
const DELIVERY = "lib/operations/push/delivery.ts";

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
    file: "lib/operations/push/pump.ts",
    find: "if (!(await hasWork(",
    replace: "if (started >= 0 || !(await hasWork(",
    found: ["promptness"],
  },
  {
    name: "lost-lane-ignored",
    file: SESSION,
    find: 'if (renewed === "lost") return "lane-lost";',
    replace: "void renewed;",
    found: ["lane"],
  },
  {
    name: "lane-taken-while-held",
    file: "lib/adapters/memory/locks.ts",
    find: "there.untilMs > nowMs",
    replace: "there.untilMs > nowMs + 10 ** 12",
    found: ["duplicate", "concurrency"],
  },
  {
    name: "only-the-first-subscription-is-woken",
    file: "lib/operations/push/dispatch.ts",
    find: "await Promise.all(pushed.map((subscription) => startIdlePumps(engine, subscription)));",
    replace: "for (const subscription of pushed.slice(0, 1)) await startIdlePumps(engine, subscription);",
    found: ["promptness", "progress"],
  },
  {
    name: "doorbell-dawdles-at-each-subscription",
    file: "lib/operations/push/dispatch.ts",
    find: "await Promise.all(pushed.map((subscription) => startIdlePumps(engine, subscription)));",
    replace: [
      "for (const subscription of pushed) {",
      "  await startIdlePumps(engine, subscription);",
      "  await engine.clock.sleep(20_000);",
      "}",
    ].join(" "),
    found: ["promptness"],
  },
  {
    name: "pump-stays-in-its-lane-for-ever",
    file: "lib/operations/push/pump.ts",
    find: "await locks.release(laneName(ref), owner);",
    replace: "void laneName;",
    found: ["promptness", "attempt", "leak", "progress"],
  },
  {
    name: "lane-renewed-at-every-look",
    file: SESSION,
    find: "if (this.#nowMs() < this.#renewAtMs) return undefined;",
    replace: "",
    found: ["cost"],
  },
];
