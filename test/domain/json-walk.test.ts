import { jsonDepth, pastString } from "../../lib/domain/json-walk.js";

it.each([
  ["empty", '""'],
  ["plain", '"abc"'],
  ["with a quote in it", String.raw`"a\"b"`],
  ["that ends with a backslash", String.raw`"a\\"`],
  ["that ends with a backslash and a quote", String.raw`"a\\\""`],
])("GIVEN a string %s WHEN it is passed THEN what follows comes next", (_, text) => {
  expect(pastString(`[${text},"b"]`, 1)).toBe(1 + text.length);
});

it.each([
  ["7", 0],
  ['"[[["', 0],
  ["[]", 1],
  ['{"a":[{"b":"]"}],"c":[]}', 3],
  ["[[],[[]]]", 3],
])("GIVEN %s WHEN its levels are counted THEN there are %i", (text, depth) => {
  expect(jsonDepth(text)).toBe(depth);
});

it("GIVEN a text a million levels deep WHEN its levels are counted THEN nothing overflows", () => {
  expect(jsonDepth("[".repeat(1e6) + "]".repeat(1e6))).toBe(1e6);
});
