import { compileFilter } from "../../../lib/domain/filter/filter.js";

const combinations = (text: string) =>
  compileFilter(text)
    .combinations()
    .map((fields) => fields.map(({ path }) => path));

it("GIVEN alternatives WHEN a filter is compiled THEN each combination is one rule, in order of paths", () => {
  expect(combinations('{"tag":["a"],"key":["b"]}')).toEqual([["key", "tag"]]);
  const inBody = '{"$or":[{"b":[1]},{"c":[1],"$or":[{"d":[1]},{"e":[1]}]}]}';
  const text = `{"tag":["a"],"$or":[{"key":["b"]},{"body.a":[1]}],"body":${inBody}}`;
  expect(combinations(text)).toEqual([
    ["body.b", "key", "tag"],
    ["body.c", "body.d", "key", "tag"],
    ["body.c", "body.e", "key", "tag"],
    ["body.a", "body.b", "tag"],
    ["body.a", "body.c", "body.d", "tag"],
    ["body.a", "body.c", "body.e", "tag"],
  ]);
});

it.each([
  ['{"tag":["a"],"attributes.x":[1],"key":["b"]}', false],
  ['{"body":[1]}', true],
  ['{"tag":["a"],"$or":[{"key":["b"]},{"body.a":[1]}]}', true],
])("GIVEN %s WHEN it is compiled THEN it is %s that it looks at the body", (text, looksAtBody) => {
  expect(compileFilter(text).looksAtBody).toBe(looksAtBody);
});
