import { equals } from "../../../lib/domain/filter/matcher.js";
import { Leaves, isWanted } from "../../../lib/domain/filter/leaves.js";
import type { FieldFilter } from "../../../lib/domain/filter/pattern.js";
import { pathOf } from "../../../lib/domain/filter/paths.js";
import { viewOf } from "../../../lib/domain/filter/view.js";

function field(text: string): FieldFilter {
  const path = pathOf([text]);
  if ("wrong" in path) throw new Error(path.wrong);
  return { path: path.text, root: path.root, steps: path.steps, matchers: [equals(1)], allowsAbsent: false };
}
const leavesOf = (body: unknown) =>
  new Leaves(
    viewOf({
      key: "k",
      attributes: { "a.b": 1 },
      body: JSON.stringify(body),
      contentType: "application/json",
    }),
  );

/** The leaves at a path, each with the places of the elements around it, from the outermost. */
const found = (body: unknown, path: string) =>
  leavesOf(body)
    .at(field(path))
    .map(({ leaf, cell }) => {
      const places = [];
      for (let one = cell; one; one = one.parent) places.unshift(one.index);
      return [leaf, ...places];
    });

it.each([
  [{ a: { b: 1 } }, "body.a.b", [[1]]],
  [{ "a.b": 1 }, "body.a.b", [[1]]],
  [{ "a.b": 1, a: { b: 2 } }, "body.a.b", [[2], [1]]],
  [{ a: { b: { c: 1 } } }, "body.a.b", []],
  [{ a: 1 }, "body.a.b", []],
  [{ a: [] }, "body.a", []],
  [{ a: [1, "x", null] }, "body.a", [[1], ["x"], [null]]],
  [
    { a: [{ b: 1 }, { b: 2 }] },
    "body.a.b",
    [
      [1, 0],
      [2, 1],
    ],
  ],
  [
    { a: [[{ b: 1 }], [{ b: 2 }, 3]] },
    "body.a.b",
    [
      [1, 0, 0],
      [2, 1, 0],
    ],
  ],
  [{ a: [[1, 2], 3] }, "body.a", [[1, 0], [2, 0], [3]]],
  [5, "body", [[5]]],
  [[{ a: 1 }], "body.a", [[1, 0]]],
  [{}, "body.constructor", []],
  [{}, "key", [["k"]]],
  [{}, "tag", []],
  [{}, "attributes.a.b", [[1]]],
  [{}, "attributes.toString", []],
])("GIVEN %j WHEN %s is looked up THEN its leaves are %j", (body, path, expected) => {
  expect(found(body, path)).toEqual(expected);
});

it("GIVEN two paths into one array WHEN they are looked up THEN they have the same cells", () => {
  const leaves = leavesOf({ a: [{ b: 1, c: 2 }] });
  const [b, c] = [leaves.at(field("body.a.b"))[0], leaves.at(field("body.a.c"))[0]];
  expect(b?.cell).toBeDefined();
  expect(b?.cell).toBe(c?.cell);
});

it("GIVEN arrays that are nested beyond any message WHEN they are looked up THEN nothing fails", () => {
  expect(found(JSON.parse(`${"[".repeat(3_000)}1${"]".repeat(3_000)}`), "body")).toEqual([]);
});

it("tells whether a leaf is as the field wants it", () => {
  const [one, other] = leavesOf([1, 2]).at(field("body"));
  expect([one, other].map((leaf) => leaf && isWanted(field("body"), leaf))).toEqual([true, false]);
});
