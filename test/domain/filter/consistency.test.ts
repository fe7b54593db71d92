import { PAIRS, isConsistent } from "../../../lib/domain/filter/consistency.js";
import { compileFilter } from "../../../lib/domain/filter/filter.js";
import { Leaves } from "../../../lib/domain/filter/leaves.js";
import { aView } from "./a-view.js";

function consistent(pattern: object, body: unknown, budget = { left: PAIRS }): boolean {
  const [fields = []] = compileFilter(JSON.stringify({ body: pattern })).combinations();
  return isConsistent(fields, new Leaves(aView({ body })), budget);
}

it.each<[what: string, pattern: object, body: unknown, isOne: boolean]>([
  ["one element has both", { a: { b: [1], c: [2] } }, { a: [{ b: 1 }, { b: 1, c: 2 }] }, true],
  ["two elements have one each", { a: { b: [1], c: [2] } }, { a: [{ b: 1 }, { c: 2 }] }, false],
  [
    "nested arrays, the same inner element",
    { a: { b: { c: [1], d: [2] } } },
    { a: [{ b: [{ c: 1 }, { c: 1, d: 2 }] }] },
    true,
  ],
  [
    "nested arrays, the outer element the same only",
    { a: { b: { c: [1], d: [2] } } },
    { a: [{ b: [{ c: 1 }, { d: 2 }] }] },
    false,
  ],
  [
    "an outer value and an inner one",
    { a: { x: [1], b: { c: [1] } } },
    {
      a: [
        { x: 2, b: [{ c: 1 }] },
        { x: 1, b: [{ c: 1 }] },
      ],
    },
    true,
  ],
  [
    "an outer value and another's inner one",
    { a: { x: [1], b: { c: [1] } } },
    {
      a: [
        { x: 2, b: [{ c: 1 }] },
        { x: 1, b: [{ c: 2 }] },
      ],
    },
    false,
  ],
  ["arrays side by side", { a: { b: [1] }, c: { d: [1] } }, { a: [{ b: 0 }, { b: 1 }], c: [{ d: 1 }] }, true],
  ["a list's own values and an object in it", { a: ["x"], "a.b": [1] }, { a: ["x", { b: 1 }] }, true],
  [
    "absent from the element that has the other",
    { a: { b: [1], c: [{ exists: false }] } },
    { a: [{ b: 1 }, { b: 2, c: 1 }] },
    true,
  ],
  [
    "absent, but the path comes before the other",
    { a: { b: [{ exists: false }], c: [1] } },
    { a: [{ c: 1 }, { b: 1, c: 2 }] },
    false,
  ],
  ["absent from no element", { a: { b: [1], c: [{ exists: false }] } }, { a: [{ b: 1, c: 1 }] }, false],
])("GIVEN %s WHEN the fields are taken together THEN it is found out", (_, pattern, body, isOne) => {
  expect(consistent(pattern, body)).toBe(isOne);
});

it("GIVEN ten thousand elements WHEN no one has all THEN few pairs are compared", () => {
  const body = {
    a: Array.from({ length: 10_000 }, (_, index) => ({ b: 1, c: 1, d: 1, e: index % 2, f: (index + 1) % 2 })),
  };
  const budget = { left: PAIRS };
  expect(consistent({ a: { b: [1], c: [1], d: [1], e: [1], f: [1] } }, body, budget)).toBe(false);
  expect(budget.left).toBeGreaterThan(PAIRS - 100_000);
});

it("GIVEN more pairs than the budget has WHEN fields are taken together THEN the message counts as matching", () => {
  const body = { a: Array.from({ length: 20 }, (_, index) => ({ b: index, c: 19 - index })) };
  const pattern = { a: { b: [1], c: [18], d: [1] } };
  expect(consistent(pattern, body)).toBe(false);
  expect(consistent(pattern, body, { left: 0 })).toBe(true);
});
