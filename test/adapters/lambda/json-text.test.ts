import fc from "fast-check";
import { escapedBytes } from "../../../lib/adapters/lambda/json-text.js";

const QUOTES_BYTES = 2;
const written = (text: string): number => Buffer.byteLength(JSON.stringify(text)) - QUOTES_BYTES;

/** Any UTF-16 units, so that half a surrogate pair is among them. */
const anyUnits = fc
  .array(fc.oneof(fc.integer({ min: 0, max: 0xffff }), fc.integer({ min: 0xd7f0, max: 0xe010 })))
  .map((units) => String.fromCharCode(...units));

describe("the bytes of a text in JSON", () => {
  it("are what JSON.stringify gives, for every single unit", () => {
    const wrong: number[] = [];
    for (let unit = 0; unit <= 0xffff; unit++) {
      const text = String.fromCharCode(unit);
      if (escapedBytes(text) !== written(text)) wrong.push(unit);
    }
    expect(wrong).toEqual([]);
  });

  it("are what JSON.stringify gives, for any text", () => {
    fc.assert(fc.property(anyUnits, (text) => expect(escapedBytes(text)).toBe(written(text))));
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => expect(escapedBytes(text)).toBe(written(text))),
    );
  });
});
