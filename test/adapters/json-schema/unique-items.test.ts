import { compileSchema } from "../../../lib/adapters/json-schema/compile.js";

const isUnique = (items: string): boolean => compileSchema('{"uniqueItems":true}')([items])[0]?.length === 0;

it.each([
  ['[1,"1",true,null,[1],{"a":1}]', true],
  ["[1,1.0]", false],
  ["[0,-0]", false],
  ['[{"a":1,"b":[2]},{"b":[2],"a":1}]', false],
  ['[{"a":1},[["a",1]],["a",1]]', true],
  ['[["a","b"],["b","a"]]', true],
  ['["a,b",["a","b"]]', true],
  ['[{"a":{"b":1}},{"a.b":1}]', true],
  ["[]", true],
  ['[{"__proto__":1},{}]', true],
])("GIVEN the list %s WHEN its items have to be unique THEN that is %s", (items, expected) => {
  expect(isUnique(items)).toBe(expected);
});

it("GIVEN a schema that does not ask for it WHEN items are the same THEN the list fits", () => {
  expect(compileSchema('{"uniqueItems":false}')(["[1,1]"])).toEqual([[]]);
});
