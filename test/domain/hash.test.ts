import { hashBelow } from "../../lib/domain/hash.js";

const TEXTS = Array.from({ length: 400 }, (_, index) => `text-${index}`);

describe("the hash of a text", () => {
  it.each([1, 4, 256])("is one of %i numbers, each of which some text has", (below) => {
    const found = new Set(
      Array.from({ length: 16 }, (_, round) =>
        TEXTS.map((text) => hashBelow(`${round}${text}`, below)),
      ).flat(),
    );
    expect([...found].sort((a, b) => a - b)).toEqual(Array.from({ length: below }, (_, number) => number));
  });

  it.each([
    ["", 256, 66],
    ["order-1", 16, 1],
    ["Zürich", 256, 94],
  ])("of %j below %i is %i for ever: what is stored lies there", (text, below, expected) => {
    expect(hashBelow(text, below)).toBe(expected);
  });
});
