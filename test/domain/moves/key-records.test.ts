import type { Run } from "../../../lib/domain/moves/commit.js";
import { joinedBy, newChain, passedOf } from "../../../lib/domain/moves/key-records.js";
import { chainNonce, keyHash } from "../../../lib/domain/progress/chains.js";

const NOW_MS = 1_790_000_000_000;
const TIMES = { retryDueMs: () => () => NOW_MS + 30_000, leaseUntilMs: NOW_MS + 60_000, nowMs: NOW_MS };
const WHERE = { partition: 0, epoch: 0 };
const NAMED = { ...TIMES, name: chainNonce(keyHash("k"), "n1") };
const entry = (offset: number) => ({ offset, slotBase: 0, publishedAtMs: NOW_MS });
const waiting = (offset: number) => passedOf(TIMES, undefined, entry(offset), "waits");

const aRun = (failed: Run["failed"]): Run => ({
  ...{ entries: [entry(1)], handedOutAtMs: NOW_MS, failed, attempt: 3 },
});

it("what was handed out counts, what waits does not, and what its target did not take is as before", () => {
  const attempts = (run: Run | undefined, state: "failed" | "waits" | "under-way") =>
    passedOf(TIMES, run, entry(1), state).span.attempt;
  expect(attempts(aRun(undefined), "under-way")).toBe(3);
  expect(attempts(aRun([entry(1)]), "failed")).toBe(3);
  expect(attempts(aRun([{ ...entry(1), isReturned: true }]), "failed")).toBe(2);
  expect(attempts(undefined, "waits")).toBe(0);
});

it("what waits behind a delivery is parked in its lease", () => {
  const lease = newChain(WHERE, [passedOf(TIMES, aRun(undefined), entry(1), "under-way"), waiting(4)], NAMED);
  expect(lease).toMatchObject({ kind: "lease", isMarked: true, dueMs: NOW_MS + 60_000 });
  expect(lease.spans.map(({ parkedUntilMs }) => parkedUntilMs)).toEqual([undefined, NOW_MS]);
});

it("what failed joins a record with its own time, also one that is leased", () => {
  const lease = newChain(WHERE, [passedOf(TIMES, aRun(undefined), entry(1), "under-way")], NAMED);
  const joined = joinedBy(lease, [passedOf(TIMES, aRun([entry(4)]), entry(4), "failed")], NOW_MS);
  expect(joined.spans.at(-1)).toMatchObject({ from: 4, isReturned: true, parkedUntilMs: NOW_MS + 30_000 });
});

it("what joins a record is due no sooner than what lies before it", () => {
  const retry = newChain(WHERE, [passedOf(TIMES, aRun([entry(1)]), entry(1), "failed")], NAMED);
  const joined = joinedBy(retry, [waiting(4)], NOW_MS);
  expect([joined.version, joined.dueMs, joined.spans.map(({ from }) => from)]).toEqual([
    2,
    NOW_MS + 30_000,
    [1, 4],
  ]);
});
