import { type KeyedItem, commitKeys } from "../../../lib/domain/moves/commit-keys.js";
import type { Run } from "../../../lib/domain/moves/commit.js";
import { chainKey, chainNonce, keyHash } from "../../../lib/domain/progress/chains.js";
import { type Holding, dueId } from "../../../lib/domain/progress/records.js";

const NOW_MS = 1_790_000_000_000;
const RETRY_MS = NOW_MS + 30_000;
const LEASE_MS = NOW_MS + 60_000;
type Outcome = "done" | "failed" | "under-way" | "waits";

function anItem(offset: number, key: string, outcome: Outcome): KeyedItem<Run> {
  const entry = { offset, slotBase: 0, publishedAtMs: NOW_MS };
  const failed = outcome === "failed" ? [entry] : outcome === "done" ? [] : undefined;
  const run: Run = { entries: [entry], handedOutAtMs: NOW_MS, failed, attempt: 1 };
  const place = { next: { head: offset + 1, slotBase: 0 }, setAside: [], expired: 0 };
  return { entry, hash: keyHash(key), ...place, ...(outcome === "waits" ? {} : { run }) };
}

let names = 0;
const committing = (
  items: readonly KeyedItem<Run>[],
  more: Partial<Parameters<typeof commitKeys<Run>>[0]> = {},
) =>
  commitKeys({
    ...{ partition: 0, cursor: { head: 0, slotBase: 0, epoch: 0, version: 7 }, items },
    ...{ chains: new Map(), gone: new Set<string>(), reach: "done", retryDueMs: () => () => RETRY_MS },
    ...{ leaseUntilMs: LEASE_MS, nowMs: NOW_MS, spansAtMost: 500, nonce: () => `n${names++}` },
    ...more,
  });

const shown = (put: readonly Holding[]) =>
  put.map(({ kind, id, spans, dueMs }) => [
    kind,
    chainKey(id),
    spans.map(({ from }) => from),
    dueMs - NOW_MS,
  ]);
const shownOf = (made: ReturnType<typeof commitKeys<Run>>) => shown((made?.move.put ?? []) as Holding[]);

it("passes what is over, and stops before what waits or is under way", () => {
  const made = committing([anItem(0, "a", "done"), anItem(1, "b", "failed"), anItem(2, "c", "under-way")]);
  expect([made?.passed, made?.next.head]).toEqual([2, 2]);
  expect(shownOf(made)).toEqual([["retry", keyHash("b"), [1], 30_000]]);
  expect(made?.next.open).toHaveLength(1);
  expect(committing([anItem(0, "a", "waits"), anItem(1, "b", "done")])).toBeUndefined();
});

it("GIVEN a record of the whole partition THEN nothing joins a record before it, since it may hold the key", () => {
  const id = dueId(RETRY_MS, chainNonce(keyHash("a"), "first"));
  const whole = dueId(RETRY_MS, "whole");
  const stored: Holding = {
    kind: "retry",
    ...{ id, partition: 0, epoch: 0, done: [], version: 2, dueMs: RETRY_MS },
    spans: [{ from: -5, to: -4, slotBase: -5, attempt: 1, publishedAtMs: NOW_MS }],
  };
  const more = { chains: new Map([[keyHash("a"), stored]]) };
  const cursor = { head: 0, slotBase: 0, epoch: 0, version: 7 };
  const items = [anItem(0, "a", "waits"), anItem(1, "b", "done")];
  const before = { ...cursor, open: [id, whole] };
  expect(committing(items, { ...more, reach: "parks", cursor: before })).toBeUndefined();
  const made = committing(items, { ...more, reach: "all", cursor: before });
  expect(shownOf(made)).toEqual([["retry", undefined, [0], 0]]);
  const behind = committing(items, { ...more, reach: "parks", cursor: { ...cursor, open: [whole, id] } });
  expect(behind?.move.put).toMatchObject([{ id, version: 3 }]);
});

it("GIVEN it parks THEN what waits behind a busy key joins the key's record", () => {
  const id = dueId(RETRY_MS, chainNonce(keyHash("a"), "first"));
  const stored: Holding = {
    kind: "retry",
    ...{ id, partition: 0, epoch: 0, done: [], version: 2, dueMs: RETRY_MS },
    spans: [{ from: -5, to: -4, slotBase: -5, attempt: 1, publishedAtMs: NOW_MS }],
  };
  const chains = new Map([[keyHash("a"), stored]]);
  const cursor = { head: 0, slotBase: 0, epoch: 0, version: 7, open: [id] };
  const items = [anItem(0, "a", "waits"), anItem(1, "b", "done"), anItem(2, "c", "waits")];
  const made = committing(items, { reach: "parks", chains, cursor });
  expect([made?.passed, made?.next.open]).toEqual([2, [id]]);
  expect(made?.move.put).toMatchObject([{ id, version: 3, dueMs: RETRY_MS }]);
  expect(shownOf(made)).toEqual([["retry", keyHash("a"), [-5, 0], 30_000]]);
  expect(committing(items, { reach: "parks", chains, cursor, spansAtMost: 1 })).toBeUndefined();
});

it("GIVEN a pump lets go THEN each key has one record, a lease where it is under way", () => {
  const items = [
    ...[
      anItem(0, "a", "under-way"),
      anItem(1, "a", "waits"),
      anItem(2, "b", "failed"),
      anItem(3, "b", "waits"),
    ],
    ...[anItem(4, "c", "waits"), anItem(5, "d", "done"), anItem(6, "e", "waits")],
  ];
  const made = committing(items, { reach: "all" });
  expect(made?.passed).toBe(6);
  expect(shownOf(made)).toEqual([
    ["lease", keyHash("a"), [0, 1], 60_000],
    ["retry", keyHash("b"), [2, 3], 30_000],
    ["retry", keyHash("c"), [4], 0],
  ]);
  expect([...(made?.leases.values() ?? [])].map((leases) => leases.map(({ id }) => chainKey(id)))).toEqual([
    [keyHash("a")],
  ]);
});

it("GIVEN more busy keys than there is room for THEN it stops, or the rest holds the partition at the end", () => {
  const many = Array.from({ length: 80 }, (_, at) => anItem(at, `k${at}`, "failed"));
  expect(committing(many)?.passed).toBe(64);
  const open = Array.from({ length: 256 }, (_, at) => dueId(RETRY_MS, chainNonce(keyHash(`x${at}`), "n")));
  const cursor = { head: 0, slotBase: 0, epoch: 0, version: 7, open };
  expect(committing(many, { cursor })).toBeUndefined();
  const made = committing([anItem(0, "a", "under-way"), anItem(1, "b", "waits"), anItem(2, "c", "done")], {
    cursor,
    reach: "all",
  });
  expect(shownOf(made)).toEqual([
    ["lease", undefined, [0], 60_000],
    ["retry", undefined, [1], 0],
  ]);
});
