import { itemBytes } from "../../../lib/adapters/dynamodb/items/item-size.js";
import { dueItem } from "../../../lib/adapters/dynamodb/items/progress-item.js";
import type { Failure } from "../../../lib/domain/progress/failures.js";
import { withFailuresThatFit, withPastThatFits } from "../../../lib/domain/progress/past.js";
import { type Span, joinSpans } from "../../../lib/domain/progress/spans.js";
import { NOW_MS, aRetry, aSpan } from "../../contract/builders.js";

const MESSAGES = 500;

const failuresFrom = (atMs: number, count = 10, fields: Partial<Failure> = {}): readonly Failure[] =>
  Array.from({ length: count }, (_, at) => ({
    kind: "failed",
    atMs: atMs + at * 600_000,
    attempt: at + 1,
    error: "no such customer",
    ...fields,
  }));

/** Each in a span of its own, which no other can be joined with. */
const apart = (failuresOf: (at: number) => readonly Failure[]): readonly Span[] =>
  Array.from({ length: MESSAGES }, (_, at) => aSpan(2 * at, 2 * at + 1, { failures: failuresOf(at) }));

const storedBytes = (spans: readonly Span[]): number => itemBytes(dueItem("pk", aRetry({ spans }), "w"));
const without = (spans: readonly Span[]): Span[] => joinSpans(spans.map(({ failures: _, ...span }) => span));

it("GIVEN messages that never failed THEN nothing changes", () => {
  const spans = [aSpan(0, 5), aSpan(5, 9, { lastError: "no" })];
  expect(withPastThatFits(spans)).toEqual(spans);
});

it("GIVEN a run of messages that failed together THEN all is kept, and takes what one of them takes", () => {
  const failures = failuresFrom(NOW_MS);
  const all = withFailuresThatFit(
    Array.from({ length: MESSAGES }, (_, at) => aSpan(at, at + 1, { slotBase: 0, failures })),
  );
  expect(all).toEqual([aSpan(0, MESSAGES, { failures })]);
  expect(storedBytes(all) - storedBytes(without(all))).toBeLessThan(500);
});

it("GIVEN a few messages, each with a past of its own THEN all is kept, to the millisecond", () => {
  const spans = [0, 1, 2].map((at) => aSpan(at, at + 1, { failures: failuresFrom(NOW_MS + at) }));
  expect(withFailuresThatFit(spans)).toEqual(spans);
});

it("GIVEN neighbours that failed at different times THEN the times are rounded down, so that it stays small", () => {
  const spans = Array.from({ length: MESSAGES }, (_, at) =>
    aSpan(at, at + 1, { slotBase: 0, failures: failuresFrom(NOW_MS + at * 10) }),
  );
  const fit = withFailuresThatFit(spans);
  expect(fit.length).toBeLessThanOrEqual(21);
  expect(fit[0]?.failures).toHaveLength(10);
  for (const { failures = [] } of fit) expect(failures.every(({ atMs }) => atMs % 1_000 === 0)).toBe(true);
});

it.each([
  ["the same error", () => "no such customer"],
  ["long errors", (at: number) => `${at} ${"x".repeat(300)}`],
])(
  "GIVEN 500 messages that nothing joins, with %s THEN the last failures are kept as far as 8 KB go",
  (_what, errorOf) => {
    const spans = apart((at) => failuresFrom(NOW_MS + at * 7_000, 10, { error: errorOf(at) }));
    const fit = withPastThatFits(spans);
    expect(fit).toHaveLength(MESSAGES);
    // Each span has the index of its own.
    expect(storedBytes(fit) - storedBytes(without(fit))).toBeLessThan(8 * 1_024 + 5 * MESSAGES);
  },
);

it("GIVEN too many even for one each THEN they are left out, and the messages stay", () => {
  const spans = apart((at) => failuresFrom(NOW_MS + at * 70_000));
  expect(withFailuresThatFit(spans)).toEqual(without(spans));
});

it("GIVEN more than fits THEN the earliest go first", () => {
  const spans = apart((at) => failuresFrom(NOW_MS + at * 61_000)).slice(0, 40);
  const fit = withFailuresThatFit(spans);
  expect(fit[7]?.failures?.map(({ attempt }) => attempt)).toEqual([5, 6, 7, 8, 9, 10]);
});
