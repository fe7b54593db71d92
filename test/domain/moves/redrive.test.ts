import type { DeadLetterEntry } from "../../../lib/domain/dead-letter.js";
import { redriveMove } from "../../../lib/domain/moves/redrive.js";
import { NOW_MS, aCursor, aDeadLetter, aLease, aRetry } from "../../contract/builders.js";

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
  const idOf = ({ put = [] }: ReturnType<typeof redriven>) => put[0]?.id;

  it("they are all that is open, where nothing was", () => {
    const move = redriven([letter(10)], { cursor: aCursor({ version: 4, open: ["gone"] }) });
    expect(move.cursor).toEqual({
      partition: 3,
      next: aCursor({ version: 5, open: [idOf(move) as string] }),
    });
  });

  it.each([
    ["before what waits for a retry", aRetry(), (id: string, holder: string) => [id, holder, "b"]],
    ["behind what a consumer has in its hands", aLease(), (id: string, holder: string) => [holder, id, "b"]],
  ])("they come %s", (_what, holder, expected) => {
    const move = redriven([letter(10)], { cursor: aCursor({ open: [holder.id, "b"] }), holder });
    expect(move.cursor?.next.open).toEqual(expected(idOf(move) as string, holder.id));
  });
});
