import { equals } from "../../../lib/domain/filter/matcher.js";
import { pathOf, typeProblem } from "../../../lib/domain/filter/paths.js";

it.each([
  [["key"], { text: "key", root: "key", steps: [] }],
  [["body"], { text: "body", root: "body", steps: [] }],
  [["body", "a.b", "c"], { text: "body.a.b.c", root: "body", steps: ["a", "b", "c"] }],
  [["body.total"], { text: "body.total", root: "body", steps: ["total"] }],
  [["attributes", "a", "b"], { text: "attributes.a.b", root: "attributes", steps: ["a.b"] }],
])("GIVEN the names %j WHEN they are joined THEN they are a path of a message", (names, path) => {
  expect(pathOf(names)).toEqual(path);
});

it.each([
  [["detail", "state"], "EventBridge pattern goes under"],
  [["boby"], "key, tag, attributes.NAME or body.PATH"],
  [["attributes"], "must name an attribute"],
  [["attributes", "no space"], "cannot be an attribute"],
  [["tag", "a"], "below the tag"],
])("GIVEN the names %j WHEN they are joined THEN no message has them, and why is told", (names, told) => {
  expect(pathOf(names)).toEqual({ wrong: expect.stringContaining(told) });
});

it.each([
  ["tag", 5, "never matches: the tag is text"],
  ["key", null, "never matches: the key is text"],
  ["attributes", null, "never matches: an attribute is"],
] as const)(
  "GIVEN a filter on %s WHEN it wants %j THEN it is told that it never matches",
  (root, value, told) => {
    expect(typeProblem(root, equals(value))).toContain(told);
  },
);

it("GIVEN what a part can be WHEN a filter wants it THEN it is fine", () => {
  expect(typeProblem("tag", equals("a"))).toBeUndefined();
  expect(typeProblem("attributes", equals(true))).toBeUndefined();
  expect(typeProblem("body", equals(null))).toBeUndefined();
});
