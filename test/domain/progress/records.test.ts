import {
  dueId,
  isVoid,
  isWaiting,
  openSpans,
  replaceOpen,
  timeInId,
} from "../../../lib/domain/progress/records.js";
import { aCursor, aLease, aRetry, aSpan } from "../../contract/builders.js";

describe("the id of a record", () => {
  it("sorts by its time, whatever its digits and its nonce", () => {
    const timesMs = [0, 7, 999, 1_790_000_000_000, 9_999_999_999_999];
    const ids = timesMs.map((ms, at) => dueId(ms, `${9 - at}`));
    expect([...ids].sort()).toEqual(ids);
    expect(ids.map(timeInId)).toEqual(timesMs);
  });

  it("has whole milliseconds, and none below zero", () => {
    expect([timeInId(dueId(12.9, "n")), timeInId(dueId(-5, "n"))]).toEqual([12, 0]);
  });
});

describe("what a seek has left behind", () => {
  it.each([
    [1, 2, true],
    [2, 2, false],
    [3, 2, false],
  ])("of epoch %i, read by one who knows epoch %i: %s", (epoch, known, expected) => {
    expect(isVoid({ epoch }, { epoch: known })).toBe(expected);
  });
});

describe("the open messages of a record", () => {
  it("are all of its spans, while nothing is acknowledged", () => {
    const spans = [aSpan(0, 3), aSpan(5, 9)];
    expect(openSpans(aLease({ spans }))).toEqual(spans);
  });

  it("are what lies between those that were acknowledged", () => {
    const open = openSpans(aLease({ spans: [aSpan(0, 6), aSpan(8, 9)], done: [0, 3, 8] }));
    expect(open.map(({ from, to }) => [from, to])).toEqual([
      [1, 3],
      [4, 6],
    ]);
  });

  it("are all of a span that was returned: what was said of it before does not count", () => {
    const returned = aSpan(0, 4, { isReturned: true });
    expect(openSpans(aLease({ spans: [returned, aSpan(4, 6)], done: [1, 4, 5] }))).toEqual([returned]);
  });
});

it("a span waits unless a consumer has it by its lease", () => {
  const returned = aSpan(0, 4, { isReturned: true });
  expect([isWaiting(aLease(), aSpan()), isWaiting(aLease(), returned), isWaiting(aRetry(), aSpan())]).toEqual(
    [false, true, true],
  );
});

describe("a cursor whose open records were replaced", () => {
  const cursor = aCursor({ version: 4, open: ["a", "b", "c", "d"] });

  it("keeps their order, and those in front of the first of them", () => {
    const next = replaceOpen(
      cursor,
      new Map([
        ["b", ["x", "y"]],
        ["d", []],
      ]),
    );
    expect(next).toEqual({ ...cursor, version: 5, open: ["a", "x", "y", "c"] });
  });

  it("keeps all of them where none was replaced", () => {
    expect(replaceOpen(cursor, new Map()).open).toEqual(["a", "b", "c", "d"]);
  });
});
