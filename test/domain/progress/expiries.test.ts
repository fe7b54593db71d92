import fc from "fast-check";
import { withExpiriesThatFit } from "../../../lib/domain/progress/expiries.js";
import { type Span, offsetsIn, spanAt } from "../../../lib/domain/progress/spans.js";
import { NOW_MS, aSpan } from "../../contract/builders.js";

/** A message a span, with these expiries. */
const ofExpiries = (expiries: readonly (number | undefined)[]): Span[] =>
  expiries.map((expiresAtMs, at) =>
    aSpan(at, at + 1, { slotBase: 0, ...(expiresAtMs === undefined ? {} : { expiresAtMs }) }),
  );
const each = (count: number, stepMs: number): Span[] =>
  ofExpiries(Array.from({ length: count }, (_, at) => NOW_MS + 1 + at * stepMs));

it("keeps a few as they are, neighbours of one expiry together", () => {
  const spans = ofExpiries([5, 5, undefined, 7, 7, 7]);
  expect(withExpiriesThatFit(spans)).toEqual([
    aSpan(0, 2, { slotBase: 0, expiresAtMs: 5 }),
    aSpan(2, 3, { slotBase: 0 }),
    aSpan(3, 6, { slotBase: 0, expiresAtMs: 7 }),
  ]);
  expect(withExpiriesThatFit(each(21, 1))).toHaveLength(21);
});

it.each([
  ["a second", 22, 1, 1_000],
  ["ten seconds", 100, 1_000, 10_000],
  ["a minute", 1_000, 1_000, 60_000],
  ["ten minutes", 1_000, 10_000, 600_000],
  ["an hour", 1_000, 60_000, 3_600_000],
  ["a day", 1_000, 1_000_000, 86_400_000],
])("rounds more of them up to %s", (_, count, stepMs, roundedToMs) => {
  const spans = withExpiriesThatFit(each(count, stepMs));
  expect(spans.length).toBeLessThanOrEqual(21);
  for (const { expiresAtMs } of spans) expect((expiresAtMs ?? 1) % roundedToMs).toBe(0);
});

const alternating = (count: number): Span[] =>
  ofExpiries(Array.from({ length: count }, (_, at) => (at % 2 === 0 ? NOW_MS + 1 : undefined)));

it("keeps them as they are where rounding is no help, up to a bound", () => {
  expect(withExpiriesThatFit(alternating(201))).toEqual(alternating(201));
  expect(withExpiriesThatFit(alternating(202))).toEqual([aSpan(0, 202)]);
});

it("leaves them out where there are too many, however they are rounded", () => {
  expect(withExpiriesThatFit(each(1_000, 86_400_000))).toEqual([aSpan(0, 1_000)]);
});

it("adds little to a record, loses no message, and says of none that it expires sooner than it does", () => {
  const expiries = fc.array(fc.option(fc.nat(2_000_000_000), { nil: undefined }), { maxLength: 80 });
  fc.assert(
    fc.property(expiries, (given) => {
      const spans = withExpiriesThatFit(ofExpiries(given));
      expect(offsetsIn(spans)).toEqual(given.map((_, at) => at));
      expect(spans.length).toBeLessThanOrEqual(201);
      for (const [offset, expiresAtMs = Infinity] of given.entries()) {
        const told = spanAt(spans, offset)?.expiresAtMs;
        if (told !== undefined) expect(told).toBeGreaterThanOrEqual(expiresAtMs);
      }
    }),
  );
});
