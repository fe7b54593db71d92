import { fieldHolds, matches } from "../../../lib/domain/filter/evaluate.js";
import { compileFilter } from "../../../lib/domain/filter/filter.js";
import { Leaves } from "../../../lib/domain/filter/leaves.js";
import { viewOf } from "../../../lib/domain/filter/view.js";
import { aView } from "./a-view.js";

const EMPLOYEES = {
  employees: [
    { firstName: "John", lastName: "Doe" },
    { firstName: "Anna", lastName: "Smith" },
    { firstName: "Peter", lastName: "Jones" },
  ],
};

it.each<[what: string, filter: object, message: object, isMatch: boolean]>([
  [
    "all of key, tag, attributes and body",
    { key: ["7"], tag: ["a"], "attributes.x": [1], "body.y": [true] },
    { key: "7", tag: "a", attributes: { x: 1 }, body: { y: true } },
    true,
  ],
  ["one of them wrong", { key: ["7"], tag: ["a"] }, { key: "7", tag: "b" }, false],
  ["one of a list", { tag: ["a", "b"] }, { tag: "b" }, true],
  ["nothing there", { tag: ["a"] }, {}, false],
  ["nothing wanted", { tag: [{ exists: false }] }, {}, true],
  ["nothing or a value", { tag: [{ exists: false }, "a"] }, { tag: "b" }, false],
  ["an object is no value", { "body.a": [{ exists: false }] }, { body: { a: { b: 1 } } }, true],
  [
    "an alternative",
    { tag: ["a"], $or: [{ key: ["1"] }, { "body.x": [1] }] },
    { tag: "a", body: { x: 1 } },
    true,
  ],
  [
    "no alternative",
    { tag: ["a"], $or: [{ key: ["1"] }, { "body.x": [1] }] },
    { tag: "a", body: { x: 2 } },
    false,
  ],
  ["any element of an array", { "body.x": [2] }, { body: { x: [1, 2] } }, true],
  [
    "both in one element",
    { body: { employees: { firstName: ["Anna"], lastName: ["Smith"] } } },
    { body: EMPLOYEES },
    true,
  ],
  [
    "in different elements",
    { body: { employees: { firstName: ["Anna"], lastName: ["Jones"] } } },
    { body: EMPLOYEES },
    false,
  ],
  [
    "in different elements, one alternative for each",
    { body: { employees: { firstName: ["Anna"], $or: [{ lastName: ["Jones"] }, { lastName: ["Smith"] }] } } },
    { body: EMPLOYEES },
    true,
  ],
  ["attributes by a nested name", { attributes: { a: { b: [1] } } }, { attributes: { "a.b": 1 } }, true],
])("GIVEN %s WHEN a message is compared THEN the filter decides", (_, filter, message, isMatch) => {
  expect(matches(compileFilter(JSON.stringify(filter)), aView(message))).toBe(isMatch);
});

it("GIVEN a filter that fails at the tag WHEN a message is compared THEN its body is not parsed", () => {
  const view = { ...viewOf({ tag: "b" }), body: () => fail("the body was looked at") };
  const filter = compileFilter('{"tag":["a"],"body.x":[1]}');
  expect(matches(filter, view)).toBe(false);
});

it("GIVEN a leaf in an array WHEN its field is looked at alone THEN it depends on the other fields", () => {
  const [field] = compileFilter('{"body.a":[1]}').pattern.fields;
  const holds = (body: unknown) => field && fieldHolds(field, new Leaves(aView({ body })));
  expect([holds({ a: 1 }), holds({ a: 2 }), holds([{ a: 1 }]), holds([{ a: 2 }])]).toEqual([
    "yes",
    "no",
    "depends",
    "no",
  ]);
});
