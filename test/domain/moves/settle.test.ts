import { type Word, counts, endOf, settleWords } from "../../../lib/domain/moves/settle.js";
import type { Lease } from "../../../lib/domain/progress/records.js";
import { openSpans } from "../../../lib/domain/progress/records.js";
import { offsetsIn } from "../../../lib/domain/progress/spans.js";
import { NOW_MS, aLease, aSpan } from "../../contract/builders.js";

const ACK: Word = { kind: "ack" };
const RETRY: Word = { kind: "retry", dueMs: NOW_MS + 5_000 };
const REJECT: Word = { kind: "reject" };
const EXTEND: Word = { kind: "extend", dueMs: NOW_MS + 60_000 };
const BACK: Word = { kind: "extend", dueMs: NOW_MS };
const DUE_MS = NOW_MS + 30_000;

/** Offset 0 is open, 1 acknowledged, 2 sent back, 4 rejected; 3 was taken over by somebody else. */
const lease: Lease = aLease({
  dueMs: DUE_MS,
  isMarked: true,
  spans: [
    aSpan(0, 2),
    aSpan(2, 3, { isReturned: true }),
    aSpan(4, 5, { isReturned: true, isRejected: true }),
  ],
  done: [1],
});

let names = 0;
const making = { nowMs: NOW_MS, nonce: () => `n${names++}` };
const settled = (from: Lease, words: [number, Word][], ordering: "none" | "key" = "none") =>
  settleWords(from, new Map(words), ordering, making);

it.each<[string, number, ...boolean[]]>([
  ["open", 0, true, true, true, true, true],
  ["acknowledged", 1, true, false, false, false, false],
  ["returned", 2, false, true, true, false, false],
  ["rejected", 4, false, false, false, true, false],
  ["elsewhere", 3, false, false, false, false, false],
])("on a message that is %s, each word counts or not", (_, offset, ...counting) => {
  const answers = [ACK, RETRY, BACK, REJECT, EXTEND].map((word) => counts(lease, offset, word, NOW_MS));
  expect(answers).toEqual(counting);
});

describe("settling", () => {
  beforeEach(() => (names = 0));
  const whole = aLease({ dueMs: DUE_MS, spans: [aSpan(0, 3)] });

  it("writes nothing where all was said before", () => {
    const { counted, move } = settled(lease, [
      [1, ACK],
      [2, RETRY],
    ]);
    expect([...counted]).toEqual([1, 2]);
    expect(move).toBeUndefined();
  });

  it("puts back what its target never took as it was before it was handed out", () => {
    const known = { attempt: 2, firstReceivedAtMs: NOW_MS - 1, charged: 1, lastError: "before" };
    const taken = aLease({ dueMs: DUE_MS, spans: [aSpan(0, 1, { attempt: 1 }), aSpan(1, 2, known)] });
    const back: Word = { kind: "failed", dueMs: () => NOW_MS, blame: "returned", error: "429" };
    const [retry] =
      settled(taken, [
        [0, back],
        [1, back],
      ]).became ?? [];
    expect(retry?.spans).toMatchObject([{ attempt: 0 }, { ...known, attempt: 1 }]);
    expect(retry?.spans[0]).not.toHaveProperty("firstReceivedAtMs");
    expect(retry?.spans[0]).not.toHaveProperty("lastError");
  });

  it("writes nothing where no word counts", () => {
    expect(settled(lease, [[3, ACK]])).toEqual({ counted: new Set() });
  });

  it("removes a lease of which nothing is open any more", () => {
    const words: [number, Word][] = [0, 1, 2].map((offset) => [offset, ACK]);
    expect(settled(whole, words)).toMatchObject({ move: { remove: [whole] }, became: [] });
  });

  it("keeps what was said of nobody, with its deadline, and marks the lease", () => {
    const { move } = settled(whole, [
      [0, ACK],
      [2, EXTEND],
    ]);
    expect(move).toEqual({
      put: [
        {
          ...whole,
          isMarked: true,
          done: [0],
          spans: [aSpan(0, 2), aSpan(2, 3, { dueMs: EXTEND.dueMs, slotBase: 0 })],
          version: 2,
        },
      ],
    });
  });

  it("gives the others a deadline of their own where one is due sooner, and a hint that leads there", () => {
    const { move } = settled(whole, [[1, { kind: "extend", dueMs: NOW_MS + 10 }]]);
    expect(move?.put).toMatchObject([
      { id: whole.id, dueMs: NOW_MS + 10, spans: [{ dueMs: DUE_MS }, { from: 1, to: 2 }, { dueMs: DUE_MS }] },
      { kind: "hint", leaseId: whole.id, dueMs: NOW_MS + 10, spans: [] },
    ]);
    expect(move?.put?.[0]?.spans[1]).not.toHaveProperty("dueMs");
  });

  it("puts no second hint where one leads there already", () => {
    const [first] = settled(whole, [[1, { kind: "extend", dueMs: NOW_MS + 10 }]]).move?.put ?? [];
    const { move } = settled(first as Lease, [[0, { kind: "retry", dueMs: NOW_MS + 10 }]]);
    expect(move?.put).toHaveLength(1);
  });

  it("makes a retry for each time, once its consumer has spoken of all", () => {
    const { move, became } = settled(whole, [
      [0, { ...RETRY, error: "no stock" }],
      [1, BACK],
      [2, { ...RETRY, error: "no address" }],
    ]);
    expect(move).toEqual({ remove: [whole], put: became });
    expect(became).toMatchObject([
      { kind: "retry", dueMs: NOW_MS, spans: [{ from: 1, to: 2 }] },
      {
        kind: "retry",
        dueMs: RETRY.dueMs,
        spans: [
          { from: 0, to: 1, lastError: "no stock" },
          { from: 2, to: 3, lastError: "no address" },
        ],
      },
    ]);
    expect(became?.flatMap(({ spans }) => spans).some(({ isReturned }) => isReturned)).toBe(false);
  });

  it("has what is rejected due at once, charged and with its reason, and nothing else with it", () => {
    const { became } = settled(whole, [
      [0, RETRY],
      [1, { ...REJECT, error: "no such customer" }],
      [2, RETRY],
    ]);
    expect(became).toMatchObject([
      {
        dueMs: NOW_MS,
        spans: [{ from: 1, to: 2, isRejected: true, charged: 1, lastError: "no such customer" }],
      },
      {
        dueMs: RETRY.dueMs,
        spans: [
          { from: 0, to: 1 },
          { from: 2, to: 3 },
        ],
      },
    ]);
    expect(became?.[1]?.spans.some(({ isRejected }) => isRejected)).toBe(false);
  });

  it("makes one retry of all with ordering, of which each message keeps its time", () => {
    const { became } = settled(
      whole,
      [
        [0, RETRY],
        [1, BACK],
        [2, ACK],
      ],
      "key",
    );
    expect(became).toMatchObject([
      {
        dueMs: NOW_MS,
        spans: [
          { from: 0, to: 1, dueMs: RETRY.dueMs },
          { from: 1, to: 2 },
        ],
      },
    ]);
  });

  it("makes no more retries than one write takes, and each message keeps its time", () => {
    const many = aLease({ dueMs: DUE_MS, spans: [aSpan(0, 1_000)] });
    const words = Array.from({ length: 1_000 }, (_, at): [number, Word] => [
      at,
      { kind: "retry", dueMs: NOW_MS + at + 1 },
    ]);
    const { became = [] } = settled(many, words);
    expect(became.length).toBeLessThanOrEqual(60);
    for (const record of became)
      for (const span of openSpans(record))
        for (const offset of offsetsIn([span])) expect(span.dueMs ?? record.dueMs).toBe(NOW_MS + offset + 1);
    expect(offsetsIn(became.flatMap(openSpans))).toHaveLength(1_000);
  });

  it("keeps a record small, however many errors it holds", () => {
    const many = aLease({ dueMs: DUE_MS, spans: [aSpan(0, 1_000)] });
    const words = Array.from({ length: 999 }, (_, at): [number, Word] => [
      at,
      { ...RETRY, error: `${at} ${"x".repeat(1_000)}` },
    ]);
    const [kept] = settled(many, words).move?.put ?? [];
    const errors = (kept?.spans ?? []).map(({ lastError = "" }) => lastError.length);
    expect(errors.reduce((sum, length) => sum + length, 0)).toBeLessThanOrEqual(64 * 1_024);
    expect(Math.min(...errors.slice(0, 999))).toBeGreaterThan(50);
  });
});

describe("a lease that was acknowledged", () => {
  it.each([
    [[0, 1, 2], true],
    [[0, 1], false],
  ])("in its offsets %j has ended: %s", (done, isOver) => {
    const of = aLease({ spans: [aSpan(0, 3)], done });
    expect(endOf(of)).toEqual(isOver ? { remove: [of] } : undefined);
  });

  it("is not over while something that was sent back waits in it, whatever was marked since", () => {
    expect(endOf(aLease({ spans: [aSpan(0, 1, { isReturned: true })], done: [0] }))).toBeUndefined();
  });
});
