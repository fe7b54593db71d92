import { compileSchema } from "../../../lib/adapters/json-schema/compile.js";
import { InvalidRequest } from "../../../lib/domain/errors.js";

const faultsIn = (schema: unknown, ...bodies: unknown[]) =>
  compileSchema(JSON.stringify(schema))(bodies.map((body) => JSON.stringify(body)));

const refusalOf = (schema: unknown) => {
  try {
    compileSchema(JSON.stringify(schema));
  } catch (error) {
    if (error instanceof InvalidRequest) return error.errors;
    throw error;
  }
  throw new Error("the schema is taken");
};

const ORDER = {
  type: "object",
  required: ["order", "items"],
  additionalProperties: false,
  properties: {
    order: { type: "string", pattern: "^[A-Z]{2}-\\d+$" },
    email: { type: "string", format: "email" },
    state: { enum: ["new", "paid"] },
    version: { const: 2 },
    items: {
      type: "array",
      items: { type: "object", properties: { price: { type: "number", minimum: 0 } } },
    },
  },
};

it("GIVEN a schema WHEN a body fits THEN there is no fault", () => {
  const body = { order: "DE-1", email: "a@example.com", state: "paid", version: 2, items: [{ price: 0 }] };
  expect(faultsIn(ORDER, body)).toEqual([[]]);
});

it("GIVEN a body with several faults WHEN it is checked THEN each is told with its place", () => {
  const body = {
    email: "nobody",
    state: "old",
    version: 1,
    extra: 1,
    items: [{}, { price: -1 }, { price: "x" }],
  };
  expect(faultsIn(ORDER, body)).toEqual([
    [
      { path: "order", detail: "is required" },
      { path: "extra", detail: "is not allowed" },
      { path: "email", detail: 'must match format "email"' },
      { path: "state", detail: 'must be one of ["new","paid"]' },
      { path: "version", detail: "must be 2" },
      { path: "items[1].price", detail: "must be >= 0" },
      { path: "items[2].price", detail: "must be number" },
    ],
  ]);
});

it("GIVEN several bodies WHEN one does not fit THEN the others do", () => {
  const fitting = { order: "DE-1", items: [] };
  const [first, second, third] = faultsIn(ORDER, fitting, "text", fitting);
  expect([first, third]).toEqual([[], []]);
  expect(second).toEqual([{ path: "", detail: "must be object" }]);
});

it("GIVEN two patterns WHEN bodies are checked THEN each place has its own", () => {
  const schema = { properties: { a: { pattern: "^a$" }, b: { pattern: "^b$" } } };
  expect(faultsIn(schema, { a: "a", b: "b" }, { a: "b", b: "a" })).toEqual([
    [],
    [
      { path: "a", detail: 'must match pattern "^a$"' },
      { path: "b", detail: 'must match pattern "^b$"' },
    ],
  ]);
});

it("GIVEN a recursive schema WHEN a body is deep THEN the fault is found where it is", () => {
  const tree = { type: "object", properties: { name: { type: "string" }, next: { $ref: "#" } } };
  expect(faultsIn(tree, { next: { next: { name: 1 } } })).toEqual([
    [{ path: "next.next.name", detail: "must be string" }],
  ]);
});

it("GIVEN names with slashes and tildes WHEN one is wrong THEN its place is told as it is written", () => {
  const schema = { properties: { "a/b~c": { type: "string" } } };
  expect(faultsIn(schema, { "a/b~c": 1 })).toEqual([[{ path: "a/b~c", detail: "must be string" }]]);
});

it("GIVEN a text that is no JSON WHEN it is checked THEN that is the fault", () => {
  expect(compileSchema("{}")(["{", "1"])).toEqual([[{ path: "", detail: "is not valid JSON" }], []]);
});

it("GIVEN a body with thousands of faults WHEN it is checked THEN twenty are told", () => {
  const [faults] = faultsIn(
    { items: { type: "string" } },
    Array.from({ length: 5_000 }, (_, at) => at),
  );
  expect(faults).toHaveLength(20);
});

it("GIVEN a very long name in a body WHEN it is not allowed THEN its place is told in short", () => {
  const [faults] = faultsIn({ additionalProperties: false }, { ["x".repeat(50_000)]: 1 });
  expect(faults?.[0]?.path).toBe(`${"x".repeat(200)}…`);
});

it.each([
  ["a type that there is not", { type: "objekt" }, "type", /must be/],
  ["a misspelt word", { type: "object", requird: ["a"] }, "", /unknown keyword: "requird"/],
  [
    "a wrong value further in",
    { properties: { a: { minimum: "1" } } },
    "properties.a.minimum",
    /must be number/,
  ],
  ["a schema elsewhere", { $ref: "https://example.com/order.json" }, "", /can't resolve reference/],
  ["an older draft", { $schema: "http://json-schema.org/draft-07/schema#" }, "$schema", /2020-12/],
  ["a look-ahead", { pattern: "(?=a)b" }, "", /\(\?=/],
  ["a back-reference", { pattern: "(a)\\1" }, "", /\\1/],
  ["a repetition of repetitions", { pattern: "((a{0,100}){0,100}){0,100}" }, "", /repeat/],
  ["a format that there is not", { format: "emial" }, "", /unknown format "emial"/],
])("GIVEN %s WHEN the schema is compiled THEN it is refused with its place", (_, schema, path, detail) => {
  expect(refusalOf(schema)).toContainEqual({ path, detail: expect.stringMatching(detail) as string });
});

it("GIVEN words for other tools WHEN the schema is compiled THEN it is taken", () => {
  const schema = {
    "x-owner": "shop",
    example: 1,
    title: "t",
    deprecated: true,
    contentMediaType: "text/plain",
  };
  expect(faultsIn(schema, 1)).toEqual([[]]);
});

it("GIVEN the named draft WHEN the schema is compiled THEN it is taken", () => {
  expect(faultsIn({ $schema: "https://json-schema.org/draft/2020-12/schema", type: "integer" }, 1)).toEqual([
    [],
  ]);
});

it("GIVEN a default in the schema WHEN a body lacks the value THEN nothing is put into it", () => {
  const schema = { properties: { a: { default: 1 } }, required: ["a"] };
  expect(faultsIn(schema, {})).toEqual([[{ path: "a", detail: "is required" }]]);
});

describe("what would take for ever", () => {
  /** Each level asks the next one twice. */
  const doubling = (levels: number) => ({
    $defs: Object.fromEntries(
      Array.from({ length: levels }, (_, at) => [
        `d${at}`,
        at === levels - 1
          ? { type: "string" }
          : { anyOf: [{ $ref: `#/$defs/d${at + 1}` }, { $ref: `#/$defs/d${at + 1}` }] },
      ]),
    ),
    $ref: "#/$defs/d0",
  });

  it("GIVEN a schema that doubles its work at each level WHEN a body is checked THEN only that is given up", () => {
    const { $defs, $ref } = doubling(40);
    const schema = { $defs, if: { type: "string" }, else: { $ref } };
    const [first, second, third] = faultsIn(schema, "fits", 1, "fits");
    expect([first, third]).toEqual([[], []]);
    expect(second?.[0]?.detail).toContain("too long");
  });

  it.each([
    { what: "is time for each", bodiesMs: 60_000, refused: [true, true, false, true] },
    { what: "is time for the first alone", bodiesMs: 60, refused: [true, false, false, false] },
  ])(
    "GIVEN bodies that take too long WHEN there $what THEN none is refused for others",
    ({ bodiesMs, refused }) => {
      const { $defs, $ref } = doubling(40);
      const schema = JSON.stringify({ $defs, if: { type: "string" }, else: { $ref } });
      const faults = compileSchema(schema, { bodyMs: 50, bodiesMs })(["1", "2", '"fits"', "3"]);
      expect(faults.map((one = []) => one.length > 0)).toEqual(refused);
    },
  );

  it("GIVEN a pattern that others take for ever for WHEN a body is checked THEN it is answered", () => {
    expect(faultsIn({ pattern: "^(a+)+$" }, `${"a".repeat(50_000)}!`)[0]).toHaveLength(1);
  });

  it("GIVEN a long list WHEN its items have to be unique THEN it is answered", () => {
    const items = Array.from({ length: 20_000 }, (_, at) => ({ at, name: `n${at}` }));
    const twice = [...items, { name: "n7", at: 7 }];
    expect(faultsIn({ uniqueItems: true }, items, twice)).toEqual([
      [],
      [{ path: "", detail: "must not have the same item twice" }],
    ]);
  });

  it("GIVEN a body that is nested very deep WHEN the schema follows it THEN it is refused", () => {
    const check = compileSchema(JSON.stringify({ items: { $ref: "#" } }));
    const [faults] = check([`${"[".repeat(100_000)}${"]".repeat(100_000)}`]);
    expect(faults).toEqual([{ path: "", detail: "is nested too deep for the topic's schema" }]);
  });
});
