import { pastString } from "../../lib/domain/json-walk.js";

it.each([
  ["empty", '""'],
  ["plain", '"abc"'],
  ["with a quote in it", String.raw`"a\"b"`],
  ["that ends with a backslash", String.raw`"a\\"`],
  ["that ends with a backslash and a quote", String.raw`"a\\\""`],
])("GIVEN a string %s WHEN it is passed THEN what follows comes next", (_, text) => {
  expect(pastString(`[${text},"b"]`, 1)).toBe(1 + text.length);
});
