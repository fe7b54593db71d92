import { plainItem } from "../../../../lib/adapters/dynamodb/items/attribute-value.js";

describe("an item in an error", () => {
  it("reads as the document client would have it", () => {
    const bytes = Uint8Array.from([0, 255]);
    const item = {
      text: { S: "" },
      number: { N: "-1.5" },
      large: { N: "9007199254740991" },
      bytes: { B: bytes },
      flag: { BOOL: false },
      nothing: { NULL: true },
      list: { L: [{ S: "a" }, { N: "1" }, { M: { deep: { L: [] } } }] },
      map: { M: { deeper: { M: { n: { N: "1" } } } } },
      set: { NS: ["1", "2"] },
    };
    expect(plainItem(item)).toEqual({
      text: "",
      number: -1.5,
      large: Number.MAX_SAFE_INTEGER,
      bytes,
      flag: false,
      nothing: null,
      list: ["a", 1, { deep: [] }],
      map: { deeper: { n: 1 } },
      set: new Set([1, 2]),
    });
  });
});
