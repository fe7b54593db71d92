import { jsonValue } from "../../lib/domain/json-value.js";

it.each([
  ['{"n":12345678901234567890.10}', "application/json", '{"n":12345678901234567890.10}'],
  [' {"a" : 1} ', "application/vnd.x+json; charset=utf-8", ' {"a" : 1} '],
  ["{broken", "application/json", undefined],
  ["plain", "text/plain", '"plain"'],
  ['quo"te', "text/plain", '"quo\\"te"'],
  ["\u0001".repeat(100), "text/plain", JSON.stringify("\u0001".repeat(100))],
  ["\u0001".repeat(1_000), "text/plain", undefined],
])("GIVEN the body %j of %s WHEN it goes into JSON THEN it is %j", (body, contentType, expected) => {
  expect(jsonValue(body, contentType)).toBe(expected);
});
