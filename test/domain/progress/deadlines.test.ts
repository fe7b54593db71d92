import { hintFor, redated, splitByDeadline, withDeadlines } from "../../../lib/domain/progress/deadlines.js";
import { NOW_MS, aLease, aRetry, aSpan } from "../../contract/builders.js";

const LATER = { dueMs: NOW_MS + 9 };
const nonce = () => "n";

it("gives each span the record's deadline, unless it has its own", () => {
  const spans = withDeadlines(aRetry({ spans: [aSpan(0, 1), aSpan(1, 2, LATER)] }));
  expect(spans.map(({ dueMs }) => dueMs)).toEqual([NOW_MS, NOW_MS + 9]);
});

it("makes the earliest deadline of what is open the record's, one version later", () => {
  const lease = aLease({ spans: [aSpan(0, 3)], done: [0] });
  const next = redated(lease, [
    aSpan(0, 1, { dueMs: 1 }),
    aSpan(1, 2, { dueMs: NOW_MS + 20 }),
    aSpan(2, 3, LATER),
  ]);
  expect(next).toMatchObject({ dueMs: NOW_MS + 9, version: 2 });
  expect(next.spans.map(({ dueMs }) => dueMs)).toEqual([undefined, NOW_MS + 20, undefined]);
});

it("refuses a record of which nothing is open", () => {
  expect(() => redated(aLease({ done: [0] }), [aSpan(0, 1)])).toThrow("nothing is open");
});

describe("a hint", () => {
  const lease = aLease(LATER);

  it.each([
    ["is needed where a record is due sooner than its id says", NOW_MS, undefined, 1],
    ["is not needed where its id says so", NOW_MS + 9, undefined, 0],
    ["is not needed where it is due later than that", NOW_MS + 99, undefined, 0],
    ["is not needed where there is one for that time", NOW_MS, NOW_MS, 0],
    ["is needed where the one that there is has another time", NOW_MS, NOW_MS + 1, 1],
  ])("%s", (_, dueMs, hintedMs, count) => {
    expect(hintFor(lease, { ...lease, dueMs }, nonce, hintedMs)).toHaveLength(count);
  });

  it.each([
    ["is needed where an extended one is due sooner than it was", NOW_MS + 98, 1],
    ["is not needed where it is due as it was", NOW_MS + 99, 0],
    ["is not needed where it is due later", NOW_MS + 100, 0],
  ])("%s", (_, dueMs, count) => {
    const extended = { ...lease, dueMs: NOW_MS + 99 };
    expect(hintFor(extended, { ...extended, dueMs }, nonce)).toHaveLength(count);
  });

  it("names its lease, at the time that it is due", () => {
    const [hint] = hintFor(lease, { ...lease, dueMs: NOW_MS }, nonce);
    expect(hint).toMatchObject({ kind: "hint", leaseId: lease.id, dueMs: NOW_MS, version: 1 });
    expect(hint?.id).toBe(`000${NOW_MS}-n`);
  });
});

describe("what is due of a record", () => {
  const spans = [aSpan(0, 1), aSpan(1, 2, LATER), aSpan(2, 3)];

  it.each([
    [false, NOW_MS, [0, 2], [1]],
    [true, NOW_MS, [0], [1, 2]],
    [true, NOW_MS - 1, [], [0, 1, 2]],
    [true, NOW_MS + 9, [0, 1, 2], []],
  ])("in order %s at %i is %j, and %j stays", (inOrder, nowMs, due, kept) => {
    const split = splitByDeadline(aRetry({ spans }), nowMs, { inOrder });
    expect(split.map((part) => part.map(({ from }) => from))).toEqual([due, kept]);
  });
});
