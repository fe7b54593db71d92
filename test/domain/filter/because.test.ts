import { becauseOf } from "../../../lib/domain/filter/because.js";
import { compileFilter } from "../../../lib/domain/filter/filter.js";
import { aView } from "./a-view.js";

const because = (filter: object, message: Parameters<typeof aView>[0]) =>
  becauseOf(compileFilter(JSON.stringify(filter)), aView(message));

it("GIVEN a message that matches WHEN it is asked why not THEN there is no reason", () => {
  expect(because({ tag: ["a"] }, { tag: "a" })).toEqual([]);
});

it("GIVEN fields that do not match WHEN it is asked why THEN each is told, with what is wanted", () => {
  const filter = {
    tag: ["created"],
    "attributes.region": ["eu", { prefix: "us-" }],
    key: [{ exists: false }],
    "body.total": [{ numeric: [">", 100] }],
  };
  expect(because(filter, { key: "x", tag: "created", body: { total: [5, 6, 7, 8] } })).toEqual([
    'attributes.region is not there, but the filter wants "eu" or text that begins with "us-"',
    'key is "x", but the filter wants no value at all',
    "body.total is 5, 6, 7 and 1 more, but the filter wants a number above 100",
  ]);
});

it("GIVEN alternatives WHEN none matches THEN each is told; WHEN one does THEN none", () => {
  const filter = { tag: ["a"], $or: [{ key: ["1"] }, { "body.x": [1], "body.y": [2] }] };
  expect(because(filter, { tag: "b", key: "1" })).toEqual(['tag is "b", but the filter wants "a"']);
  expect(because(filter, { tag: "a", body: { x: 3, y: 3 } })).toEqual([
    'no alternative of "$or" matches: (1) key is not there, but the filter wants "1"; ' +
      "(2) body.x is 3, but the filter wants 1, and body.y is 3, but the filter wants 2",
  ]);
});

it("GIVEN values in different elements of an array WHEN it is asked why THEN the paths are told that matter", () => {
  const filter = { tag: ["a"], body: { items: { sku: ["x"], count: [1], price: [{ exists: true }] } } };
  const items = [
    { sku: "x", count: 2, price: 1 },
    { sku: "y", count: 1, price: 1 },
  ];
  expect(because(filter, { tag: "a", body: { items } })).toEqual([
    "no single element of an array has what the filter wants of body.items.count and body.items.sku together",
  ]);
});
