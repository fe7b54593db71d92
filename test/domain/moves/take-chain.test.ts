import { takeChains } from "../../../lib/domain/moves/take-chain.js";
import { settleWords } from "../../../lib/domain/moves/settle.js";
import { chainKey, chainNonce, keyHash } from "../../../lib/domain/progress/chains.js";
import { type Hint, type Lease, type Retry, dueId } from "../../../lib/domain/progress/records.js";
import type { Span } from "../../../lib/domain/progress/spans.js";

const NOW_MS = 1_790_000_000_000;
const MAKING = { nowMs: NOW_MS, nonce: () => "n", leaseMs: 60_000 };
const span = (from: number, more: Partial<Span> = {}): Span => ({
  ...{ from, to: from + 1, slotBase: 0, attempt: 0, publishedAtMs: NOW_MS - 5_000 },
  ...more,
});

/** A key's retry of what failed, and of two that wait behind it. */
const aChain = (): Retry => ({
  kind: "retry",
  id: dueId(NOW_MS, chainNonce(keyHash("k"), "first")),
  ...{ partition: 0, epoch: 0, done: [], version: 3, dueMs: NOW_MS },
  spans: [span(1, { attempt: 1 }), span(4), span(9)],
});

function taken() {
  const record = aChain();
  const [first = span(1), ...left] = record.spans;
  const entries = [{ offset: 1, publishedAtMs: first.publishedAtMs, slotBase: 0, past: first }];
  return takeChains([record], [], { wanted: record.spans, entries, setAside: [], left }, MAKING);
}

it("what is not handed out of a key stays in its one record, parked", () => {
  const { lease, move, became } = taken();
  expect(move.put).toEqual([lease]);
  expect(became.get(aChain().id)).toEqual([lease?.id]);
  expect(chainKey(lease?.id ?? "")).toBe(keyHash("k"));
  expect(lease).toMatchObject({ kind: "lease", isMarked: true });
  expect(lease?.spans.map(({ from, attempt, parkedUntilMs }) => [from, attempt, parkedUntilMs])).toEqual([
    [1, 2, undefined],
    [4, 0, NOW_MS],
    [9, 0, NOW_MS],
  ]);
});

it("GIVEN its first message is done THEN the parked ones are due at once, under the same key", () => {
  const lease = taken().lease as Lease;
  const { became } = settleWords(lease, new Map([[1, { kind: "ack" }]]), "key", MAKING);
  expect(became?.map(({ dueMs, spans }) => [dueMs, spans.map(({ from }) => from)])).toEqual([
    [NOW_MS, [4, 9]],
  ]);
  expect(became?.map(({ id }) => chainKey(id))).toEqual([keyHash("k")]);
});

it("GIVEN its first message fails THEN the parked ones wait with it, in order", () => {
  const lease = taken().lease as Lease;
  const dueMs = NOW_MS + 30_000;
  const words = new Map([[1, { kind: "failed", dueMs: () => dueMs, blame: "charged" } as const]]);
  const { became } = settleWords(lease, words, "key", MAKING);
  expect(became?.map((retry) => retry.dueMs)).toEqual([dueMs]);
  expect(became?.[0]?.spans.map(({ from, dueMs: own }) => [from, own])).toEqual([
    [1, undefined],
    [4, undefined],
    [9, undefined],
  ]);
});

it("GIVEN all that was due has expired THEN the rest is due, without a lease", () => {
  const record = aChain();
  const [first = span(1), ...rest] = record.spans;
  const { lease, move } = takeChains(
    [record],
    [],
    { wanted: [first], entries: [], setAside: [], left: [] },
    MAKING,
  );
  expect([lease, move.expired]).toEqual([undefined, 1]);
  expect(move.put?.flatMap(({ spans }) => spans.map(({ from }) => from))).toEqual(
    rest.map(({ from }) => from),
  );
});

it("GIVEN nothing of a key was looked at THEN its record stays, and so does the hint that leads to it", () => {
  const taken = aChain();
  const other: Retry = {
    ...aChain(),
    id: dueId(NOW_MS + 60_000, chainNonce(keyHash("l"), "first")),
    spans: [span(2)],
  };
  const hint = (record: Retry): Hint => ({
    kind: "hint",
    id: dueId(NOW_MS, `to-${record.id}`),
    ...{ leaseId: record.id, dueMs: NOW_MS, epoch: 0, partition: 0, spans: [], done: [], version: 0 },
  });
  const [first = span(1), ...left] = taken.spans;
  const entries = [{ offset: 1, publishedAtMs: first.publishedAtMs, slotBase: 0, past: first }];
  const wanted = [...taken.spans, ...other.spans];
  const read = { wanted, entries, setAside: [], left: [...left, ...other.spans] };
  const { move } = takeChains([taken, other], [hint(taken), hint(other)], read, MAKING);
  expect(move.remove).toEqual([taken, hint(taken)]);
});
