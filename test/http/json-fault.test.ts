import fc from "fast-check";
import { faultIn, invalidJson } from "../../lib/http/json-fault.js";

it.each<[text: string, place: string, advice: string]>([
  ["", "line 1, column 1", "a value is missing"],
  [" \n ", "line 2, column 2", "a value is missing"],
  ["{", "line 1, column 2", 'the text ends here, without a "}"'],
  ["[1, [2", "line 1, column 7", 'the text ends here, without a "]"'],
  ['{"a":\r\n  1,\r\n}', "line 3, column 1", "remove the comma before this"],
  ["[1,\r2,\n]", "line 3, column 1", "remove the comma before this"],
  ["{'a':1}", "line 1, column 2", "put a field name in double quotes here"],
  ["{a:1}", "line 1, column 2", "put a field name in double quotes here"],
  ['{"a" 1}', "line 1, column 6", 'put a ":" between the field name and its value'],
  ['{"a":}', "line 1, column 6", 'put a value before this "}"'],
  ['{"a":1 "b":2}', "line 1, column 8", 'put a "," or "}" here'],
  ["[1 2]", "line 1, column 4", 'put a "," or "]" here'],
  ["[1}", "line 1, column 3", 'put a "," or "]" here'],
  ["[,1]", "line 1, column 2", 'put a value before this ","'],
  ["1 2", "line 1, column 3", "remove everything after the end of the value"],
  ["{}}", "line 1, column 3", "remove everything after the end of the value"],
  ["['a']", "line 1, column 2", "use double quotes for text"],
  ["[1] // ids", "line 1, column 5", "remove the comment"],
  ["[ // ids\n1]", "line 1, column 3", "remove the comment"],
  ['{ /* no */ "a":1}', "line 1, column 3", "remove the comment"],
  ["[1 /* no */]", "line 1, column 4", "remove the comment"],
  ["\ufeff{}", "line 1, column 1", "remove the invisible character U+FEFF here"],
  ["[1,\u00a02]", "line 1, column 4", "remove the invisible character U+00A0 here"],
  ["[True]", "line 1, column 2", "write true in lower case"],
  ["NULL", "line 1, column 1", "write null in lower case"],
  ["NaN", "line 1, column 1", "use null here, or text"],
  ["[hello]", "line 1, column 2", '"hello" is not a value in JSON: put text in double quotes'],
  [
    `[${"x".repeat(50)}]`,
    "line 1, column 2",
    `"${"x".repeat(20)}" is not a value in JSON: put text in double quotes`,
  ],
  ["[01]", "line 1, column 2", '"01" is not a number in JSON, such as -0.5 or 1e3'],
  ["+1", "line 1, column 1", '"+1" is not a number in JSON, such as -0.5 or 1e3'],
  [".5", "line 1, column 1", '".5" is not a number in JSON, such as -0.5 or 1e3'],
  ['["a]', "line 1, column 2", "close the string that starts here"],
  ['"a\\', "line 1, column 3", "write \\\\ for a backslash, or a valid escape"],
  ['"C:\\data"', "line 1, column 4", "write \\\\ for a backslash, or a valid escape"],
  ['"\\u12"', "line 1, column 2", "write \\\\ for a backslash, or a valid escape"],
  ['"a\nb"', "line 1, column 3", "write this control character as \\n"],
  ['"\u0001"', "line 1, column 2", "write this control character as \\u0001"],
])("says where and how to mend %j", (text, place, advice) => {
  expect(invalidJson(text)).toBe(`is not valid JSON at ${place}: ${advice}`);
});

/** Pieces that make up JSON, and some that do not belong there. */
const PIECES = [
  ...["{", "}", "[", "]", ",", ":", '"', "\\", "'", " ", "\n", "\t", "\u00a0", "\ufeff"],
  ...["0", "1", "-", "+", ".", "e", "E", "true", "null", "nul", '"a"', '"\\u0041"', '"\\n"', "é", "\ud83d"],
];

const accepts = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

it("finds a fault in just what JSON.parse refuses", () => {
  const any = fc.oneof(
    fc.array(fc.constantFrom(...PIECES), { maxLength: 12 }).map((pieces) => pieces.join("")),
    fc.json(),
    fc
      .tuple(fc.json(), fc.nat(), fc.constantFrom("", ...PIECES))
      .map(
        ([json, at, piece]) =>
          `${json.slice(0, at % json.length)}${piece}${json.slice((at % json.length) + 1)}`,
      ),
  );
  fc.assert(
    fc.property(any, (text) => expect(faultIn(text) === undefined).toBe(accepts(text))),
    {
      numRuns: 3_000,
    },
  );
});

it("finds a fault behind any number of levels", () => {
  const levels = 1_000_000;
  expect(faultIn(`${"[".repeat(levels)}x`)?.at).toBe(levels);
});
