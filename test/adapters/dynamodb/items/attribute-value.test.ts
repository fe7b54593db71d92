import { plainItem, vendorItem } from "../../../../lib/adapters/dynamodb/items/attribute-value.js";

const BYTES = Uint8Array.from([0, 255]);
const PLAIN = {
  text: "",
  number: -1.5,
  large: Number.MAX_SAFE_INTEGER,
  tiny: 1e-7,
  bytes: BYTES,
  flag: false,
  nothing: null,
  list: ["a", 1, { deep: [] }],
  map: { deeper: { n: 1 } },
  set: new Set([1, 2]),
};
const STORED = {
  text: { S: "" },
  number: { N: "-1.5" },
  large: { N: "9007199254740991" },
  tiny: { N: "1e-7" },
  bytes: { B: BYTES },
  flag: { BOOL: false },
  nothing: { NULL: true },
  list: { L: [{ S: "a" }, { N: "1" }, { M: { deep: { L: [] } } }] },
  map: { M: { deeper: { M: { n: { N: "1" } } } } },
  set: { NS: ["1", "2"] },
};

describe("an item", () => {
  it("is read in plain values", () => {
    expect(plainItem(STORED)).toEqual(PLAIN);
  });

  it("is written in DynamoDB's form", () => {
    expect(vendorItem(PLAIN)).toEqual(STORED);
  });

  it("has no attribute for what is undefined, at any depth", () => {
    expect(vendorItem({ a: undefined, b: { c: undefined } })).toEqual({ b: { M: {} } });
  });

  it("reads numbers that no double holds as nearly as it can, so that one does not hold up its neighbours", () => {
    expect(plainItem({ n: { N: "9".repeat(30) } })).toEqual({ n: 1e30 });
  });

  it.each([
    Number.NaN,
    Number.POSITIVE_INFINITY,
    2 ** 53,
    new Set([Number.NaN]),
    new Set(),
    ["a", undefined],
    new Date(0),
    () => 1,
    1n,
  ])("is not written where a value would not come back as it is: %p", (value) => {
    expect(() => vendorItem({ value })).toThrow(TypeError);
  });
});
