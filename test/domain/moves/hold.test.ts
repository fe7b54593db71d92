import { holdKeys, holdSpan, letGo, letGoMove } from "../../../lib/domain/moves/hold.js";
import { chainKey, chainNonce, keyHash, keyedNonce } from "../../../lib/domain/progress/chains.js";
import { deadlineOf } from "../../../lib/domain/progress/deadlines.js";
import { isHold } from "../../../lib/domain/progress/holds.js";
import { type Holding, dueId, openSpans } from "../../../lib/domain/progress/records.js";
import type { Span } from "../../../lib/domain/progress/spans.js";
import { NOW_MS, aLease, aRetry, aSpan, aSubscription } from "../../contract/builders.js";

const DAY_MS = 86_400_000;
const HELD_MS = NOW_MS + DAY_MS;
const HASH = keyHash("k");
const making = { nowMs: NOW_MS, nonce: () => "n" };
const subscription = aSubscription({ target: { type: "pull" } });
const ofKey = dueId(NOW_MS, chainNonce(HASH, "r"));

const held = (record: Holding, dead: readonly number[], over: readonly number[] = []) =>
  holdKeys(
    record,
    { dead: new Map(dead.map((at) => [at, HELD_MS] as const)), over: new Set(over), hints: [] },
    { subscription, making },
  );

/** Of each open span: where it is, what it is, and when it is due from now on. */
const shape = (record: Holding) =>
  openSpans(record).map((span) => [span.from, span.to, isHold(span), deadlineOf(record, span) - NOW_MS]);

const only = <T>(records: readonly T[] | undefined): T => {
  expect(records).toHaveLength(1);
  return records?.[0] as T;
};

describe("a retry of a key of which a message dies", () => {
  const retry = aRetry({ id: ofKey, spans: [aSpan(3, 4, { attempt: 1 }), aSpan(5, 7)] });

  it("is replaced by one in which all behind it waits as long as its dead letter is there", () => {
    const { move, became } = held(retry, [3]);
    expect(move.remove).toEqual([retry]);
    const next = only(move.put) as Holding;
    expect([...became]).toEqual([[retry.id, [next.id]]]);
    expect(chainKey(next.id)).toBe(HASH);
    expect(next.dueMs).toBe(HELD_MS);
    expect(shape(next)).toEqual([
      [3, 4, true, DAY_MS],
      [5, 7, false, DAY_MS],
    ]);
  });

  it("stays if all of it died: it stands for the dead letters, and leaves out what is over", () => {
    const { move } = held(retry, [3, 5], [6]);
    expect(shape(only(move.put) as Holding)).toEqual([
      [3, 4, true, DAY_MS],
      [5, 6, true, DAY_MS],
    ]);
  });
});

it("lets what lies before the dead letter come first", () => {
  const { move } = held(aRetry({ id: ofKey, spans: [aSpan(3, 4), aSpan(5, 6)] }), [5]);
  expect(shape(only(move.put) as Holding)).toEqual([
    [3, 4, false, 0],
    [5, 6, true, DAY_MS],
  ]);
});

describe("a lease of two keys, one of which has a message that dies", () => {
  const id = dueId(NOW_MS + 5, keyedNonce([HASH, keyHash("other")], "l"));
  const of = (from: number, keyAt: number, more: Partial<Span> = {}) =>
    aSpan(from, from + 1, { keyAt, ...more });
  const lease = aLease({
    id,
    dueMs: NOW_MS + 5,
    spans: [of(3, 0), of(4, 1), of(5, 0, { isReturned: true, dueMs: NOW_MS + 5 })],
  });

  it("keeps the other key under its id, so that its receipts are good; the key that holds leaves it", () => {
    const { move, became } = held(lease, [3]);
    expect(move.remove ?? []).toEqual([]);
    const [stays, holds] = move.put as readonly Holding[];
    expect(stays?.id).toBe(id);
    expect([...became]).toEqual([[id, [id, holds?.id]]]);
    expect(shape(stays as Holding)).toEqual([[4, 5, false, 5]]);
    expect(chainKey(holds?.id ?? "")).toBe(HASH);
    expect(shape(holds as Holding)).toEqual([
      [3, 4, true, DAY_MS],
      [5, 6, false, DAY_MS],
    ]);
  });
});

describe("a record that holds for a dead letter that ends", () => {
  const record = only(
    held(aRetry({ id: ofKey, spans: [aSpan(3, 4), aSpan(5, 7)] }), [3]).move.put,
  ) as Holding;

  it("has what waited due at once, and a hint that leads there", () => {
    const { put = [], remove } = letGoMove(record, new Set([3]), making);
    expect(remove).toBeUndefined();
    const [next, hint] = put;
    expect(shape(next as Holding)).toEqual([[5, 7, false, 0]]);
    expect(next?.version).toBe(record.version + 1);
    expect(hint).toMatchObject({ kind: "hint", leaseId: record.id, dueMs: NOW_MS });
  });

  it("is removed if nothing waited", () => {
    const alone = { ...record, spans: record.spans.slice(0, 1) };
    expect(letGoMove(alone, new Set([3]), making)).toEqual({ remove: [alone] });
  });

  it("holds on for another dead letter that is there", () => {
    const two = {
      ...record,
      spans: [record.spans[0] as Span, holdSpan(aSpan(4, 5), HELD_MS), record.spans[1] as Span],
    };
    const next = letGo(two, new Set([3]), new Map(), NOW_MS) as Holding;
    expect(shape(next)).toEqual([
      [4, 5, true, DAY_MS],
      [5, 7, false, DAY_MS],
    ]);
  });

  it("has one that is sent again come in its place, before what waited", () => {
    const again = new Map([[3, aSpan(3, 4, { attempt: 0 })]]);
    const next = letGo(record, new Set([3]), again, NOW_MS) as Holding;
    expect(shape(next)).toEqual([
      [3, 4, false, 0],
      [5, 7, false, 0],
    ]);
  });
});
