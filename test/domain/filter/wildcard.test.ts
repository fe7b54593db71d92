import fc from "fast-check";
import { fits, wildcardOf } from "../../../lib/domain/filter/wildcard.js";

const matches = (source: string, text: string): boolean => {
  const parts = wildcardOf(source);
  if ("wrong" in parts) throw new Error(parts.wrong);
  return fits(parts, text);
};

it("fits the same texts as the regular expression that says the same", () => {
  const piece = fc.constantFrom("a", "b", "ab", "ba");
  const asked = fc.record({
    pieces: fc.array(piece, { maxLength: 5 }),
    isOpen: fc.tuple(fc.boolean(), fc.boolean()),
    text: fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join("")),
  });
  fc.assert(
    fc.property(asked, ({ pieces, isOpen: [before, after], text }) => {
      const inside = pieces.join("*");
      const source = inside === "" ? "*" : `${before ? "*" : ""}${inside}${after ? "*" : ""}`;
      expect(matches(source, text)).toBe(new RegExp(`^${source.replaceAll("*", ".*")}$`).test(text));
    }),
    { numRuns: 1_000 },
  );
});

it.each([
  ["a\\*b", "a*b", true],
  ["a\\*b", "axb", false],
  ["a\\\\*", "a\\x", true],
  ["", "", true],
  ["", "a", false],
  ["ab*ba", "aba", false],
])("GIVEN %j WHEN %j is compared THEN it is %s that it fits", (source, text, isFit) => {
  expect(matches(source, text)).toBe(isFit);
});

it("GIVEN many asterisks WHEN a long text does not fit THEN no place is tried twice", () => {
  const text = "a".repeat(100_000);
  expect(matches(`${"a*".repeat(1_000)}b`, text)).toBe(false);
  expect(matches(`${"*a".repeat(1_000)}*b*`, text)).toBe(false);
});

it.each([
  ["a**b", 'has "**" at character 2'],
  ["a\\b", 'has a "\\" at character 2'],
  ["a\\", 'has a "\\" at character 2'],
])("GIVEN %j WHEN it is read THEN the place of the mistake is told", (source, told) => {
  expect(wildcardOf(source)).toEqual({ wrong: expect.stringContaining(told) });
});
