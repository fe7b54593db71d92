import {
  FAILURES_KEPT,
  FAILURE_ERROR_BYTES,
  type Failure,
  areSameFailures,
  lastOf,
  withFailure,
} from "../../../lib/domain/progress/failures.js";

const failed = (attempt: number, fields: Partial<Failure> = {}): Failure => ({
  kind: "failed",
  atMs: attempt * 1_000,
  attempt,
  ...fields,
});
const manyOf = (count: number): readonly Failure[] =>
  Array.from({ length: count }, (_, at) => failed(at + 1));

describe("the failures of a message", () => {
  it("GIVEN one more than are kept THEN the first one goes", () => {
    const past = manyOf(FAILURES_KEPT);
    expect(withFailure(past, failed(99))).toEqual([...past.slice(1), failed(99)]);
  });

  it("GIVEN that it was a dead letter before THEN that stays, whatever goes", () => {
    const origin = failed(4, { kind: "dead-lettered", atMs: 1 });
    const past = [failed(0, { atMs: 0 }), origin, ...manyOf(FAILURES_KEPT - 2)];
    expect(withFailure(past, failed(98))).toEqual([...past.slice(1), failed(98)]);
    expect(withFailure(withFailure(past, failed(98)), failed(99))).toEqual([
      origin,
      ...past.slice(3),
      failed(98),
      failed(99),
    ]);
    expect(lastOf([origin, ...manyOf(3)], 2)).toEqual([origin, failed(3)]);
  });

  it("GIVEN a clock that is behind THEN no failure is earlier than the one before", () => {
    const [, second] = withFailure([failed(5)], failed(6, { atMs: 4_000 }));
    expect(second).toEqual(failed(6, { atMs: 5_000 }));
  });

  it("GIVEN a long error THEN it is cut", () => {
    const [one] = withFailure([], failed(1, { error: "x".repeat(1_024) }));
    expect(one?.error).toHaveLength(FAILURE_ERROR_BYTES);
  });
});

it.each([
  ["nothing", undefined, undefined, true],
  ["one has some", manyOf(1), undefined, false],
  ["the other has some", undefined, manyOf(1), false],
  ["equal ones", manyOf(3), manyOf(3), true],
  ["one more", manyOf(3), manyOf(4), false],
  ["another time", [failed(1)], [failed(1, { atMs: 7 })], false],
  ["another attempt", [failed(1)], [{ ...failed(1), attempt: 2 }], false],
  ["another kind", [failed(1)], [failed(1, { kind: "expired" })], false],
  ["another error", [failed(1)], [failed(1, { error: "no" })], false],
  ["another number", [failed(1)], [failed(1, { among: 3 })], false],
] as const)("%s: told to be the same or not", (_what, one, other, expected) => {
  expect(areSameFailures(one, other)).toBe(expected);
});
