import {
  errorsIn,
  failuresText,
  withFailuresOf,
} from "../../../lib/adapters/dynamodb/items/failure-numbers.js";
import { dueItem, dueOf } from "../../../lib/adapters/dynamodb/items/progress-item.js";
import { WRITE_UNIT_BYTES, itemBytes } from "../../../lib/adapters/dynamodb/items/item-size.js";
import { type Failure, withFailure } from "../../../lib/domain/progress/failures.js";
import { withFailuresThatFit } from "../../../lib/domain/progress/past.js";
import type { Span } from "../../../lib/domain/progress/spans.js";
import { NOW_MS, aRetry, aSpan } from "../../contract/builders.js";

const failures: readonly Failure[] = [
  { kind: "failed", atMs: NOW_MS, attempt: 1, error: "no" },
  { kind: "expired", atMs: NOW_MS + 1, attempt: 2, among: 3 },
];
const spans = [aSpan(0, 1, { failures }), aSpan(1, 2), aSpan(5, 6, { failures })];

it("GIVEN the same failures twice THEN they are stored once", () => {
  expect(failuresText(spans, errorsIn(spans))).toBe(
    `[[[[${NOW_MS},1,0,0],[${NOW_MS + 1},2,2,null,3]]],[0,null,0]]`,
  );
});

it("GIVEN a record without failures THEN nothing is stored for them", () => {
  expect(dueItem("pk", aRetry(), "w")).not.toHaveProperty("fl");
});

it("GIVEN a kind that a newer release knows THEN that one is left out, and the message is there", () => {
  const text = `[[[[${NOW_MS},1,99],[${NOW_MS + 1},2,2]]],[0]]`;
  expect(withFailuresOf([aSpan(0, 1)], text, [])).toEqual([
    aSpan(0, 1, { failures: [{ kind: "expired", atMs: NOW_MS + 1, attempt: 2 }] }),
  ]);
});

it.each([
  ["none, as an older release wrote it", undefined],
  ["no JSON", "[[["],
  ["something else", '{"a":1}'],
  ["lists that do not fit the spans", "[[[[1,1,0]]],[0,0]]"],
  ["no lists", "[7,[0,0,0]]"],
  ["indexes of nothing", '[[],[4,"x",null]]'],
  ["failures that are none", '[[[7,[],["x",1,0]]],[0,0,0]]'],
])("GIVEN %s THEN the messages are there, without what they failed by", (_what, fl) => {
  const retry = aRetry({ spans });
  const { fl: _, ...item } = dueItem("pk", retry, "w") as ReturnType<typeof dueItem> & { fl?: unknown };
  const { failures: __, ...bare } = spans[0] as (typeof spans)[number];
  const read = dueOf({ ...item, ...(fl === undefined ? {} : { fl }) });
  expect(read).toEqual({ ...retry, spans: [bare, aSpan(1, 2), aSpan(5, 6)] });
});

const unitsOf = (spans: readonly Span[]): number =>
  Math.ceil(
    itemBytes(dueItem("progress#orders/u-1/audit/s-1", aRetry({ spans }), "w".repeat(36))) / WRITE_UNIT_BYTES,
  );

it.each([
  ["one message", 1],
  ["500 that failed together", 500],
])(
  "GIVEN %s with ten failures by the same error THEN their record takes one write unit, as before",
  (_what, count) => {
    const lastError = "no such customer: the shop answered 404 to GET /v1/customers/7";
    let past: readonly Failure[] = [];
    for (let attempt = 1; attempt <= 10; attempt++)
      past = withFailure(past, {
        kind: "failed",
        atMs: NOW_MS + attempt * 60_000,
        attempt,
        error: lastError,
      });
    const bare = aSpan(0, count, { attempt: 10, charged: 10, lastError, firstReceivedAtMs: NOW_MS });
    expect([unitsOf([bare]), unitsOf([{ ...bare, failures: past }])]).toEqual([1, 1]);
  },
);

it("GIVEN a record that is full of failures THEN they take nine units more at the most", () => {
  const spans = Array.from({ length: 200 }, (_, at) =>
    aSpan(2 * at, 2 * at + 1, {
      failures: [{ kind: "failed", atMs: NOW_MS + at, attempt: 1, error: `${at} ${"x".repeat(200)}` }],
    }),
  );
  const bare = spans.map(({ failures: _, ...span }) => span);
  expect(unitsOf(withFailuresThatFit(spans))).toBeLessThanOrEqual(unitsOf(bare) + 9);
});
