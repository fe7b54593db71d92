import type { Mutant } from "./mutant.js";

const COMMIT = "lib/domain/moves/commit.ts";
const SESSION = "lib/operations/push/session.ts";
const KEEPER = "lib/operations/push/lane-keeper.ts";
const PUMP = "lib/operations/push/pump.ts";
const FLIGHTS = "lib/operations/push/flights.ts";
const OUTLASTED = "a pump whose stragglers outlast it, and its successor";
const DELIVERY = "lib/operations/push/delivery.ts";

/** Bugs of pushing, and of what makes up for what is lost. */
export const PUMP_MUTANTS: readonly Mutant[] = [
  {
    name: "head-moves-past-what-is-in-flight",
    file: COMMIT,
    find: "const atWork = runs.findIndex(({ failed }) => failed === undefined);",
    replace: "const atWork = -1;",
    also: { file: COMMIT, find: "failed ?? unanswered", replace: "failed ?? []" },
    found: ["place"],
  },
  {
    name: "failed-message-gets-no-retry",
    file: COMMIT,
    find: "failed ?? unanswered",
    replace: "failed ? [] : unanswered",
    found: ["place"],
  },
  {
    name: "straggler-left-without-a-lease",
    file: COMMIT,
    find: "failed ?? unanswered",
    replace: "failed ?? []",
    found: ["place"],
  },
  {
    name: "failure-of-a-straggler-forgotten",
    file: FLIGHTS,
    find: "await this.#settle(batch, delivered);",
    replace: 'await this.#settle(batch, batch.kind === "owned" ? new Map() : delivered);',
    found: ["place"],
  },
  {
    name: "failed-delivery-acknowledged",
    file: DELIVERY,
    find: 'outcome.kind === "answered" && !outcome.failedIds.has(id)',
    replace: '(outcome.kind !== "answered" || !outcome.failedIds.has(id))',
    found: ["place"],
  },
  {
    name: "partial-failures-ignored",
    file: DELIVERY,
    find: 'outcome.kind === "answered" && !outcome.failedIds.has(id)',
    replace: 'outcome.kind === "answered"',
    found: ["place"],
  },
  {
    name: "followers-of-a-failed-key-go-on",
    file: DELIVERY,
    find: 'if (topic.ordering === "key" && key !== undefined) held.add(key);',
    replace: "void held;",
    found: ["place"],
  },
  {
    name: "one-delivery-too-many",
    file: SESSION,
    find: "this.#width - keeper.taken",
    replace: "this.#width + 1 - keeper.taken",
    found: ["concurrency"],
  },
  {
    name: "tail-read-before-the-release-only",
    file: PUMP,
    find: 'if (isThere || found.subscription.version !== reader.subscription.version) return "works";',
    replace: "void isThere;",
    world: "a pump that ends, and a doorbell that knows of it",
    found: ["promptness"],
  },
  {
    name: "lost-lane-ignored",
    file: KEEPER,
    find: 'if (renewed === "lost") return this.#end("lane-lost");',
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
    find: "startMany(engine, wanted)",
    replace: "startMany(engine, wanted.slice(0, 1))",
    found: ["promptness", "progress"],
  },
  {
    name: "doorbell-dawdles-at-each-subscription",
    file: "lib/operations/push/start-many.ts",
    find: "const started = await Promise.all(some.map((one) => start(one)));",
    replace: [
      "const started: boolean[] = [];",
      "for (const one of some) {",
      "  started.push(await start(one));",
      "  await engine.clock.sleep(20_000);",
      "}",
    ].join(" "),
    found: ["promptness"],
  },
  {
    name: "pump-stays-in-its-lane-for-ever",
    file: PUMP,
    find: "released = await this.#release(keeper.others, pacing);",
    replace: "void keeper;",
    found: ["promptness", "attempt", "leak", "progress"],
  },
  {
    name: "lane-renewed-at-every-look",
    file: KEEPER,
    find: "if (nowMs >= this.#renewAtMs) void this.#renew();",
    replace: "void this.#renew();",
    also: { file: KEEPER, find: "const LOOK_EVERY_MS = 3_000;", replace: "const LOOK_EVERY_MS = 30;" },
    found: ["cost"],
  },
  {
    name: "lease-of-a-straggler-too-short",
    file: FLIGHTS,
    find: "const LEASE_AT_LEAST_MS = 60_000;",
    replace: "const LEASE_AT_LEAST_MS = 2_000;",
    also: {
      file: FLIGHTS,
      find: "Math.max(LEASE_AT_LEAST_MS, ackDeadlineSeconds * 1_000)",
      replace: "LEASE_AT_LEAST_MS",
    },
    found: ["overlap", "duplicate"],
  },
  {
    name: "doorbell-believes-a-partition-held-for-good",
    file: "lib/operations/push/has-work.ts",
    find: "if (holders.dueMs <= engine.clock.nowMs()) return true;",
    replace:
      "if (Number.isNaN(holders.dueMs)) return true;\n      if ((stored?.open ?? []).length > 0) return false;",
    found: ["promptness"],
  },
  {
    name: "stragglers-of-the-pump-before-forgotten",
    file: PUMP,
    find: "this.#flights.othersOf(note.stragglers)",
    replace: "this.#flights.othersOf([])",
    world: OUTLASTED,
    found: ["concurrency"],
  },
  {
    name: "stragglers-not-told-to-the-next-pump",
    file: FLIGHTS,
    find: "return lease ? [{ leaseId: lease.id, untilMs: overByMs(startedAtMs) }] : [];",
    replace: "return lease ? [] : [];",
    world: OUTLASTED,
    found: ["concurrency"],
  },
  {
    name: "lease-not-kept-to-the-end-of-its-handler",
    file: FLIGHTS,
    find: "return isLast ? Math.max(untilMs, overByMs(startedAtMs)) : untilMs;",
    replace: "return isLast ? Math.max(untilMs, startedAtMs) : untilMs;",
    world: OUTLASTED,
    found: ["overlap", "duplicate"],
  },
  {
    name: "lease-of-a-batch-that-ended-during-its-commit-left",
    file: "lib/operations/push/owned-partition.ts",
    find: "if (batch.failed !== undefined || batch.isBack) this.overWithLease(batch);",
    replace: "void this.overWithLease;",
    world: "a handler that ends as the time of its pump does",
    found: ["duplicate"],
  },
  {
    name: "failed-renewal-ends-the-pump",
    file: KEEPER,
    find: "await locks.renew(laneName(this.lane.ref), this.lane.owner, untilMs, this.isProven());",
    replace: [
      "await locks",
      "  .renew(laneName(this.lane.ref), this.lane.owner, untilMs, this.isProven())",
      '  .catch(() => "lost" as const);',
    ].join("\n"),
    found: ["lane"],
  },
  {
    name: "delivers-what-its-own-handler-is-at-work-on",
    file: SESSION,
    find: "if (flights.takesOver(batch)) return;",
    replace: "",
    world: "a pump whose lane is taken while its handlers are at work",
    found: ["overlap"],
  },
  {
    name: "partition-taken-anew-while-a-handler-is-at-work",
    file: "lib/operations/push/owned-supply.ts",
    find: "if (flights.isAheadOf(cursor.head, number, reader.subscription)) {",
    replace: "if (flights.isAheadOf(cursor.head, number, reader.subscription) && Number.isNaN(0)) {",
    world: "a pump that loses a head its handler is ahead of",
    found: ["overlap"],
  },
  {
    name: "delivered-and-dropped-where-a-commit-fails",
    file: "lib/operations/push/owned-supply.ts",
    find: "fail(`committing partition ${number}`, error);",
    replace: [
      "fail(`committing partition ${number}`, error);",
      "this.#owned.get(number)?.partition.drop();",
      "this.#lose(number);",
    ].join("\n"),
    found: ["duplicate"],
  },
];
