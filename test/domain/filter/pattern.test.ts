import type { FieldProblem, InvalidRequest } from "../../../lib/domain/errors.js";
import { type Conjunction, patternOf } from "../../../lib/domain/filter/pattern.js";

function problems(text: string): readonly FieldProblem[] {
  try {
    patternOf(text);
  } catch (error) {
    return (error as InvalidRequest).errors;
  }
  return [];
}

/** Paths and alternatives only. */
const shape = ({ fields, choices }: Conjunction): unknown => [
  ...fields.map(({ path }) => path),
  ...choices.map((alternatives) => alternatives.map(shape)),
];

it.each([
  ['{"body.total":[1],"tag":["a"]}', ["body.total", "tag"]],
  ['{"body":{"total":[1],"a":{"b":[1]}}}', ["body.total", "body.a.b"]],
  ['{"tag":["a"],"$or":[{"key":["a"]},{"body":{"a":[1]}}]}', ["tag", [["key"], ["body.a"]]]],
  [
    '{"body":{"$or":[{"a":[1]},{"b":[1],"$or":[{"c":[1]},{"d":[1]}]}]}}',
    [[["body.a"], ["body.b", [["body.c"], ["body.d"]]]]],
  ],
  ['{"$or":[{"body.prefix":[1]},{"tag":["a"]}]}', [[["body.prefix"], ["tag"]]]],
])("GIVEN %s WHEN it is read THEN its paths and alternatives are found", (text, expected) => {
  expect(shape(patternOf(text))).toEqual(expected);
});

it("GIVEN the same path in two alternatives WHEN it is read THEN it is fine", () => {
  expect(problems('{"$or":[{"tag":["a"],"key":["b"]},{"tag":["b"]}]}')).toEqual([]);
});

it.each([
  ["[]", ""],
  ["5", ""],
  ["{}", ""],
  ['{"tag":"a"}', "tag"],
  ['{"tag":[]}', "tag"],
  ['{"body":{}}', "body"],
  ['{"body":{"a":{"b":null}}}', "body.a.b"],
  ['{"tag":["a"],"tag":["b"]}', "tag"],
  ['{"body":{"a":[1],"a":[2]}}', "body.a"],
  ['{"body.a":[1],"body":{"a":[2]}}', "body.a"],
  ['{"tag":["a"],"$or":[{"tag":["b"]},{"key":["c"]}]}', "$or[0].tag"],
  ['{"$or":[{"tag":["b"]},{"key":["c"]}],"tag":["a"]}', "tag"],
  ['{"$or":[{"tag":["a"]}]}', "$or"],
  ['{"$or":{"tag":["a"]}}', "$or"],
  ['{"$or":[{"tag":["a"]},5]}', "$or[1]"],
  ['{"$or":[{"tag":["a"]},{"body":{"numeric":[1]}}]}', "$or[1].body.numeric"],
  ['{"tag":["a",5]}', "tag[1]"],
  ['{"source":["aws.s3"]}', "source"],
  [`{"tag":["${"a".repeat(5_000)}"]}`, ""],
  [`{"body":${"[".repeat(300)}${"]".repeat(300)}}`, ""],
  [`{"body":{${Array.from({ length: 257 }, (_, index) => `"${index}":[1]`).join()}}}`, ""],
])("GIVEN %s WHEN it is read THEN it is refused, with the place", (text, path) => {
  expect(problems(text).map((problem) => problem.path)).toEqual([path]);
});

it("GIVEN several mistakes WHEN it is read THEN all are told", () => {
  const text = '{"tag":[5,{"wildcard":"**"}],"body":{"a":[{"numeric":["<"]}]},"$or":[]}';
  const paths = ["tag[0]", "tag[1].wildcard", "body.a[0].numeric[1]", "$or"];
  expect(problems(text).map(({ path }) => path)).toEqual(paths);
});

it("GIVEN more than 1000 combinations WHEN it is read THEN it is refused", () => {
  const choice = (name: string, count: number) =>
    `"body.${name}":{"$or":[${Array.from({ length: count }, (_, index) => `{"${index}":[1]}`).join()}]}`;
  expect(problems(`{${choice("a", 10)},${choice("b", 10)},${choice("c", 10)}}`)).toEqual([]);
  const [problem] = problems(`{${choice("a", 10)},${choice("b", 10)},${choice("c", 11)}}`);
  expect(problem).toEqual({ path: "", detail: expect.stringContaining("1000 combinations") });
});
