import type { DeadLetterEntry } from "../../../lib/domain/dead-letter.js";
import { redriveMove } from "../../../lib/domain/moves/redrive.js";
import { chainKey, chainNonce, keyHash, keyedNonce } from "../../../lib/domain/progress/chains.js";
import { type Holding, dueId } from "../../../lib/domain/progress/records.js";
import { offsetsIn } from "../../../lib/domain/progress/spans.js";
import { NOW_MS, aCursor, aDeadLetter, aLease, aRetry, aSpan } from "../../contract/builders.js";

const making = { nowMs: NOW_MS, nonce: () => "n" };
const letter = (offset: number, more: Partial<DeadLetterEntry> = {}) =>
  aDeadLetter({ offset, slotBase: 10, attempt: 5, lastError: "no", ...more });
const redriven = (letters: readonly DeadLetterEntry[], front?: Parameters<typeof redriveMove>[0]["front"]) =>
  redriveMove({ partition: 3, epoch: 2, letters, making, ...(front ? { front } : {}) });

it("GIVEN dead letters WHEN they are redriven THEN they leave, and wait for a first attempt, due at once", () => {
  const letters = [letter(10), letter(11), letter(20, { messageExpiresAtMs: NOW_MS + 5 })];
  const { put, endedDeadLetters, cursor } = redriven(letters);
  expect(endedDeadLetters).toEqual(letters);
  expect(cursor).toBeUndefined();
  // Where they come from is known if they fail again.
  const failures = [{ kind: "dead-lettered", atMs: NOW_MS, attempt: 5, error: "no" }];
  expect(put).toEqual([
    {
      kind: "retry",
      id: expect.stringMatching(/-n$/) as string,
      partition: 3,
      epoch: 2,
      spans: [
        { from: 10, to: 12, slotBase: 10, attempt: 0, publishedAtMs: NOW_MS, failures },
        {
          from: 20,
          to: 21,
          slotBase: 10,
          attempt: 0,
          publishedAtMs: NOW_MS,
          failures,
          expiresAtMs: NOW_MS + 5,
        },
      ],
      done: [],
      version: 1,
      dueMs: NOW_MS,
    },
  ]);
});

it("GIVEN one that is mended WHEN it is redriven THEN its span names its content, which the move puts", () => {
  const [one, other] = [letter(10), letter(11)];
  const { copy } = aDeadLetter();
  const mending = { name: "m", copy, expiresAtMs: NOW_MS + 5 };
  const mended = new Map([[one.id, mending]]);
  const move = redriveMove({ partition: 3, epoch: 2, letters: [one, other], making, mended });
  expect(move.mended).toEqual([mending]);
  expect(move.put?.[0]?.spans.map((span) => [span.from, span.to, span.mended])).toEqual([
    [10, 11, "m"],
    [11, 12, undefined],
  ]);
});

describe("with ordering", () => {
  const hash = keyHash("k");
  const none = new Map<string, Holding>();
  const keyed = (offset: number, key = "k") => letter(offset, { key });

  it("each key's get a record of their key, listed beside the others", () => {
    const move = redriven([keyed(10), keyed(11, "other"), keyed(12)], {
      cursor: aCursor({ version: 4, open: ["a"] }),
      holders: none,
    });
    expect(move.put?.map(({ id, spans }) => [chainKey(id), offsetsIn(spans)])).toEqual([
      [hash, [10, 12]],
      [keyHash("other"), [11]],
    ]);
    const ids = (move.put ?? []).map(({ id }) => id);
    expect(move.cursor).toEqual({ partition: 3, next: aCursor({ version: 5, open: ["a", ...ids] }) });
  });

  it("they come before what waits for a retry of their key, due at once, and that waits on", () => {
    const id = dueId(NOW_MS + 9_000, chainNonce(hash, "first"));
    const holder = aRetry({ id, dueMs: NOW_MS + 9_000, spans: [aSpan(15, 16, { attempt: 2 })], version: 3 });
    const front = { cursor: aCursor({ open: [id] }), holders: new Map([[hash, holder]]) };
    const [joined, hint] = redriven([keyed(10)], front).put ?? [];
    expect(joined).toMatchObject({ id, version: 4, dueMs: NOW_MS });
    expect(joined?.spans.map(({ from, dueMs }) => [from, dueMs])).toEqual([
      [10, undefined],
      [15, NOW_MS + 9_000],
    ]);
    expect(hint).toMatchObject({ kind: "hint", leaseId: id, dueMs: NOW_MS });
  });

  it("they wait for what a consumer has of their key, and for no other key of its lease", () => {
    const id = dueId(NOW_MS, keyedNonce([keyHash("other"), hash], "first"));
    const spans = [aSpan(14, 15), aSpan(15, 16, { keyAt: 1 })];
    const holder = aLease({ id, dueMs: NOW_MS + 9_000, spans });
    const front = { cursor: aCursor({ open: [id] }), holders: new Map([[hash, holder]]) };
    const move = redriven([keyed(10)], front);
    expect(move.put).toHaveLength(1);
    expect(move.put?.[0]).toMatchObject({ id, isMarked: true, dueMs: NOW_MS + 9_000 });
    expect(move.put?.[0]?.spans[0]).toMatchObject({ from: 10, keyAt: 1, parkedUntilMs: NOW_MS });
    expect(move.cursor?.next).toMatchObject({ open: [id], version: aCursor().version + 1 });
  });

  it.each([
    ["before what holds the whole partition", aRetry(), (id: string, whole: string) => ["a", id, whole, "b"]],
    ["behind a lease that does", aLease(), (id: string, whole: string) => ["a", whole, id, "b"]],
  ])("they come %s", (_what, whole, expected) => {
    const front = { cursor: aCursor({ open: ["a", whole.id, "b"] }), holders: none, whole };
    const move = redriven([keyed(10)], front);
    expect(move.cursor?.next.open).toEqual(expected(move.put?.[0]?.id ?? "", whole.id));
  });
});
