import { withErrorsThatFit } from "../../../lib/domain/progress/last-errors.js";
import { aSpan } from "../../contract/builders.js";

it("leaves errors alone that a record can hold, and counts the same one once", () => {
  const spans = Array.from({ length: 1_000 }, (_, at) => aSpan(at, at + 1, { lastError: "x".repeat(1_000) }));
  expect(withErrorsThatFit(spans)).toEqual(spans);
});

it("cuts each where all of them are too much, and leaves spans without one alone", () => {
  const spans = [
    aSpan(0, 1),
    ...Array.from({ length: 128 }, (_, at) =>
      aSpan(at + 1, at + 2, { lastError: `${at} ${"x".repeat(1_000)}` }),
    ),
  ];
  const [first, ...others] = withErrorsThatFit(spans);
  expect(first).toEqual(aSpan(0, 1));
  expect(new Set(others.map(({ lastError = "" }) => lastError.length))).toEqual(new Set([512]));
});
