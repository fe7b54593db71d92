import fc from "fast-check";
import { type Cursor, dueId, openSpans, replaceOpen } from "../../../lib/domain/progress/records.js";
import { aLease, aSpan } from "../../contract/builders.js";
import { type Span, joinSpans, spanLength, splitSpans, without } from "../../../lib/domain/progress/spans.js";

const offsetsOf = (spans: readonly Span[]): number[] =>
  spans.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, at) => from + at));

/** Sorted, disjoint, never empty: as a lease or a retry has them. */
const someSpans: fc.Arbitrary<Span[]> = fc
  .array(
    fc.record({
      gap: fc.nat(4),
      length: fc.integer({ min: 1, max: 12 }),
      back: fc.nat(5),
      attempt: fc.nat(9),
      publishedAtMs: fc.nat(),
    }),
    { maxLength: 8 },
  )
  .map((parts) => {
    let at = 100;
    return parts.map(({ gap, length, back, attempt, publishedAtMs }) => {
      const from = at + gap;
      at = from + length;
      return { from, to: at, slotBase: from - back, attempt, publishedAtMs };
    });
  });
const someOffsets = fc.uniqueArray(fc.integer({ min: 95, max: 240 }));

/** What every list of spans promises, made from those of `before`. */
function expectSound(spans: readonly Span[], before: readonly Span[]): void {
  let end = 0;
  for (const span of spans) {
    expect(span.from).toBeLessThan(span.to);
    expect(span.from).toBeGreaterThanOrEqual(end);
    end = span.to;
    const origin = before.find(({ from, to }) => from <= span.from && span.to <= to);
    expect(origin && { ...span, from: origin.from, to: origin.to }).toEqual(origin);
  }
}

describe("spans without some offsets", () => {
  it("hold what is left, in order, with its past", () => {
    fc.assert(
      fc.property(someSpans, someOffsets, (spans, gone) => {
        const rest = without(spans, new Set(gone));
        expect(offsetsOf(rest)).toEqual(offsetsOf(spans).filter((offset) => !gone.includes(offset)));
        expectSound(rest, spans);
      }),
    );
  });

  it("are themselves without none, and nothing without all", () => {
    fc.assert(
      fc.property(someSpans, (spans) => {
        expect(without(spans, new Set())).toEqual(spans);
        expect(without(spans, new Set(offsetsOf(spans)))).toEqual([]);
      }),
    );
  });

  it("can lose them in any order", () => {
    fc.assert(
      fc.property(someSpans, someOffsets, someOffsets, (spans, first, second) => {
        const atOnce = without(spans, new Set([...first, ...second]));
        expect(without(without(spans, new Set(first)), new Set(second))).toEqual(atOnce);
        expect(without(without(spans, new Set(second)), new Set(first))).toEqual(atOnce);
      }),
    );
  });

  it("split in two around a hole, and keep where a read starts", () => {
    const span = aSpan(10, 20, { slotBase: 8, attempt: 3, firstReceivedAtMs: 7 });
    expect(without([span], new Set([13]))).toEqual([
      { ...span, to: 13 },
      { ...span, from: 14 },
    ]);
  });

  it("are what is open of a lease", () => {
    const lease = aLease({ spans: [aSpan(0, 5), aSpan(10, 12)], done: [0, 3, 4, 11] });
    expect(offsetsOf(openSpans(lease))).toEqual([1, 2, 10]);
  });
});

describe("spans that are split", () => {
  it("hold the same offsets in the same order, the first so many of them in front", () => {
    fc.assert(
      fc.property(someSpans, fc.integer({ min: 1, max: 120 }), (spans, count) => {
        const [taken, left] = splitSpans(spans, count);
        expect(offsetsOf(taken)).toEqual(offsetsOf(spans).slice(0, count));
        expect(offsetsOf(left)).toEqual(offsetsOf(spans).slice(count));
        expect(spanLength(taken) + spanLength(left)).toBe(spanLength(spans));
        expectSound(taken, spans);
        expectSound(left, spans);
      }),
    );
  });

  it("take something", () => {
    expect(() => splitSpans([aSpan()], 0)).toThrow("takes something");
  });
});

describe("spans that are joined", () => {
  it("hold the same offsets, and no two neighbours with the same past", () => {
    fc.assert(
      fc.property(someSpans, (spans) => {
        const joined = joinSpans(spans);
        expect(offsetsOf(joined)).toEqual(offsetsOf(spans));
        for (const [at, { from, attempt }] of joined.entries()) {
          const before = joined[at - 1];
          expect(before?.to === from && before.attempt === attempt).toBe(false);
        }
      }),
    );
  });

  it.each([
    ["side by side with the same past are one, with the older publish", {}, 1],
    ["with a gap between them stay two", { from: 21 }, 2],
    ["that were handed out more or less often stay two", { attempt: 4 }, 2],
    ["that were first handed out at different times stay two", { firstReceivedAtMs: 8 }, 2],
  ])("%s", (_, other, count) => {
    const one = aSpan(10, 20, { slotBase: 8, attempt: 3, firstReceivedAtMs: 7, publishedAtMs: 5 });
    const next = { ...one, from: 20, to: 30, slotBase: 20, publishedAtMs: 6, ...other };
    expect(joinSpans([one, next])).toEqual(count === 1 ? [{ ...one, to: 30 }] : [one, next]);
  });
});

describe("the length of spans", () => {
  it("is the number of their messages", () => {
    fc.assert(fc.property(someSpans, (spans) => expect(spanLength(spans)).toBe(offsetsOf(spans).length)));
  });
});

describe("an id of a lease or retry", () => {
  it("sorts by the time that it is due at, as text", () => {
    const someMs = fc.integer({ min: 0, max: 9_000_000_000_000 });
    fc.assert(
      fc.property(someMs, someMs, (one, other) => {
        const asText = dueId(one, "z") < dueId(other, "A");
        expect(asText).toBe(one < other);
      }),
    );
  });

  it.each([
    [0, "0000000000000000-n"],
    [1_790_000_000_000, "0001790000000000-n"],
    [1_790_000_000_000.7, "0001790000000000-n"],
    [-5, "0000000000000000-n"],
  ])("of %d is %s", (dueMs, id) => expect(dueId(dueMs, "n")).toBe(id));
});

describe("what a partition has open", () => {
  const cursor: Cursor = { head: 9, slotBase: 5, epoch: 2, version: 4, open: ["a", "b", "c"] };

  it.each<[string, string[], string[]]>([
    ["one other", ["x"], ["a", "x", "c"]],
    ["several others", ["x", "y"], ["a", "x", "y", "c"]],
    ["nothing", [], ["a", "c"]],
  ])("has %s in the place of one, behind what lay in front of it", (_what, others, open) => {
    expect(replaceOpen(cursor, new Map([["b", others]]))).toEqual({ ...cursor, version: 5, open });
  });

  it("has two that were joined in the place of the first", () => {
    const became = new Map([
      ["a", ["x", "y"]],
      ["b", []],
    ]);
    expect(replaceOpen(cursor, became).open).toEqual(["x", "y", "c"]);
  });

  it("is unchanged for an id that is not there", () => {
    expect(replaceOpen(cursor, new Map([["z", ["x"]]])).open).toEqual(["a", "b", "c"]);
  });

  it("is nothing without ordering", () => {
    const { open: _open, ...unordered } = cursor;
    expect(replaceOpen(unordered, new Map([["b", ["x"]]])).open).toEqual([]);
  });
});
