import type { Mutant } from "./mutant.js";

const BLOCK = "lib/domain/moves/block.ts";

/** Bugs of lanes that take their work in blocks. */
export const BLOCK_MUTANTS: readonly Mutant[] = [
  {
    name: "running-delivery-drops-out-of-its-block",
    file: BLOCK,
    find: "runs.filter((run) => !gone.has(run)).flatMap(({ entries }) => entries)",
    replace: "runs.slice(0, 0).flatMap(({ entries }) => entries)",
    found: ["place"],
  },
  {
    name: "block-ends-and-gives-nothing-back",
    file: BLOCK,
    find: "const retries = back ? backOf(request, back) : [];",
    replace: "const retries = back ? backOf({ ...request, rest: [] }, back) : [];",
    found: ["place"],
  },
  {
    name: "block-charges-what-it-gives-back",
    file: BLOCK,
    find: "spans: blockSpans(rest.slice(from, from + share)),",
    replace: "spans: blockSpans(rest.slice(from, from + share)).map((span) => ({ ...span, attempt: 1 })),",
    found: ["attempt"],
  },
  {
    name: "block-charges-for-a-failure-what-nobody-had",
    file: BLOCK,
    find: "retryDueMs: () => retryDueMs },\n      run,",
    replace: "retryDueMs: () => retryDueMs },\n      { ...run, attempt: run.attempt + 1 },",
    found: ["attempt"],
  },
  {
    name: "lease-of-a-block-not-renewed",
    file: "lib/operations/push/block-supply.ts",
    find: "const isRenewed = leaseUntilMs - block.dueMs < RENEW_EVERY_MS;",
    replace: "const isRenewed = leaseUntilMs - block.dueMs < RENEW_EVERY_MS * 10 ** 6;",
    world: "a lane that waits for a handler with a block in its hands",
    found: ["overlap", "duplicate", "attempt"],
  },
  {
    name: "block-of-a-lane-that-ended-goes-on",
    file: "lib/operations/push/block.ts",
    find: "if (isGivenBack) this.#dropWaiting(this.#givenBack);",
    replace: "void isGivenBack;",
    // What it gave back is delivered here, and again where it is taken.
    found: ["duplicate", "place", "progress", "promptness"],
  },
  {
    name: "last-lane-as-wide-as-the-others",
    file: "lib/domain/lane.ts",
    find: "Math.min(laneWidth, Math.max(0, maxConcurrency - lane * laneWidth))",
    replace: "Math.min(laneWidth, Math.max(laneWidth, maxConcurrency - lane * laneWidth))",
    found: ["concurrency"],
  },
];
