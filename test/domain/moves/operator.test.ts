import { settleAhead, settleInRecord } from "../../../lib/domain/moves/operator.js";
import type { Cursor, Due, Move } from "../../../lib/domain/progress/records.js";
import { openSpans } from "../../../lib/domain/progress/records.js";
import { offsetsIn, spanLength } from "../../../lib/domain/progress/spans.js";
import { NOW_MS, aCursor, aLease, aRetry, aSpan } from "../../contract/builders.js";

let names = 0;
const making = { nowMs: NOW_MS, nonce: () => `n${names++}` };
const ACK = { kind: "ack" } as const;
const again = (dueMs: number, maxAttempts = 16) => ({ kind: "retry", dueMs, maxAttempts }) as const;

/** What a move leaves of a record's messages, by offset. */
const openIn = ({ put = [] }: Move): readonly number[] =>
  put.flatMap((record: Due) => offsetsIn(openSpans(record))).sort((one, other) => one - other);

describe.each([
  ["a lease", aLease({ spans: [aSpan(0, 4)], done: [3], dueMs: NOW_MS + 30_000 })],
  ["a retry", aRetry({ spans: [aSpan(0, 4)], done: [3], dueMs: NOW_MS + 30_000 })],
])("%s", (_, record) => {
  it("keeps the others under its id and next version when one is ended", () => {
    const { move } = settleInRecord(record, 1, ACK, "none", making);
    expect(openIn(move)).toEqual([0, 2]);
    expect(move.remove).toEqual([]);
    expect(move.put).toMatchObject([{ id: record.id, version: 2, dueMs: record.dueMs }]);
  });

  it("goes with its last open message", () => {
    const last = { ...record, done: [0, 1, 3] };
    expect(settleInRecord(last, 2, ACK, "none", making).move).toEqual({ remove: [last], put: [] });
  });

  it("gives one that is sent again a retry of its own, with its past", () => {
    const spans = [aSpan(0, 4, { attempt: 5, charged: 4, together: 2, lastError: "no" })];
    const { move } = settleInRecord({ ...record, spans, done: [] }, 1, again(NOW_MS), "none", making);
    expect(openIn(move)).toEqual([0, 1, 2, 3]);
    const past = { from: 1, to: 2, attempt: 5, charged: 4, together: 2, lastError: "no" };
    expect(move.put?.[1]).toMatchObject({ kind: "retry", dueMs: NOW_MS, version: 1, spans: [past] });
  });

  it("with ordering keeps one that is sent again in its place, due with what waits before it", () => {
    const { move } = settleInRecord(record, 1, again(NOW_MS + 1), "key", making);
    const [next] = (move.put ?? []).filter(({ kind }) => kind !== "hint");
    expect(next?.id).toBe(record.id);
    expect(offsetsIn(openSpans(next as Due))).toEqual([0, 1, 2]);
    const dueOf = (offset: number) =>
      next?.spans.find(({ from, to }) => from <= offset && offset < to)?.dueMs ?? next?.dueMs;
    const isRetry = record.kind === "retry";
    expect([dueOf(0), dueOf(1), dueOf(2)]).toEqual([
      isRetry ? NOW_MS + 1 : NOW_MS + 30_000,
      NOW_MS + 1,
      NOW_MS + 30_000,
    ]);
  });
});

it("a message past the limit is charged with one failure less, so that it is sent and not buried", () => {
  const record = aRetry({ spans: [aSpan(0, 1, { charged: 7, isRejected: true })] });
  const { move } = settleInRecord(record, 0, again(NOW_MS, 3), "none", making);
  expect(move.put?.[0]?.spans[0]).toMatchObject({ charged: 2 });
  expect(move.put?.[0]?.spans[0]).not.toHaveProperty("isRejected");
});

it("an ordered lease whose messages all wait then becomes a retry, in order", () => {
  const lease = aLease({ spans: [aSpan(0, 1), aSpan(1, 2, { isReturned: true, dueMs: NOW_MS + 60_000 })] });
  const { move, became } = settleInRecord(lease, 0, again(NOW_MS), "key", making);
  expect(became).toHaveLength(1);
  expect(move).toMatchObject({ remove: [{ id: lease.id }], put: [{ kind: "retry", dueMs: NOW_MS }] });
});

it("a message that is not open in the record is a fault of the caller", () => {
  expect(() => settleInRecord(aLease({ done: [3] }), 3, ACK, "none", making)).toThrow("open");
});

const takeable = (offset: number) => ({ offset, slotBase: 100, publishedAtMs: NOW_MS });

const ahead = (cursor: Cursor, before: number) => ({
  partition: 7,
  cursor,
  before: Array.from({ length: before }, (_, at) => takeable(100 + at)),
  target: takeable(100 + before),
  setAside: [],
  expired: 0,
});

it("a head moves past a message, and those before it are due at once in some retries", () => {
  const cursor = aCursor({ head: 100, version: 5, epoch: 3 });
  const move = settleAhead(ahead(cursor, 999), ACK, "none", making);
  expect(move.cursor).toEqual({
    partition: 7,
    next: { head: 1_100, slotBase: 100, epoch: 3, version: 6 },
  });
  expect(move.put?.length).toBeLessThanOrEqual(20);
  expect(openIn(move)).toEqual(Array.from({ length: 999 }, (_, at) => 100 + at));
  for (const { kind, dueMs, epoch, spans } of move.put ?? [])
    expect([kind, dueMs, epoch, spans[0]?.attempt]).toEqual(["retry", NOW_MS, 3, 0]);
});

it("with ordering those before it are one retry behind what is open already", () => {
  const cursor = aCursor({ head: 100, open: ["a"] });
  const move = settleAhead(ahead(cursor, 30), ACK, "key", making);
  expect(move.cursor?.next.open).toEqual(["a", move.put?.[0]?.id]);
  expect(spanLength(move.put?.[0]?.spans ?? [])).toBe(30);
  expect(settleAhead(ahead(cursor, 0), ACK, "key", making).cursor?.next.open).toEqual(["a"]);
});

it("one that is sent again waits by itself; the cursor keeps its leases", () => {
  const lease = { ...aLease({ partition: 7, epoch: 0 }), isInner: true as const };
  const cursor = aCursor({ head: 100, inner: [lease] });
  const move = settleAhead(ahead(cursor, 1), again(NOW_MS + 9), "none", making);
  expect(move.put?.map(({ dueMs, spans }) => [dueMs, spans[0]?.from])).toEqual([
    [NOW_MS, 100],
    [NOW_MS + 9, 101],
  ]);
  expect(move.cursor?.next.inner).toEqual([lease]);
});
