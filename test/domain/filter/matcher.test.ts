import { InexactNumber, type Leaf } from "../../../lib/domain/filter/json-tree.js";
import {
  anythingBut,
  cidr,
  equals,
  equalsIgnoreCase,
  equalsLiterally,
  exists,
  numeric,
  prefix,
  prefixIgnoreCase,
  shown,
  suffix,
  suffixIgnoreCase,
  wildcard,
} from "../../../lib/domain/filter/matcher.js";
import { addressBlock } from "../../../lib/domain/filter/addresses.js";

const LEAVES: readonly Leaf[] = [
  ...["", "a", "AB", "5", "10.0.0.1", "::1", 5, -0, 0, 5.5, true, false, null],
  new InexactNumber("1e400"),
];
const matched = (matcher: { matches: (leaf: Leaf) => boolean }): readonly Leaf[] =>
  LEAVES.filter((leaf) => matcher.matches(leaf));
const block = addressBlock("10.0.0.0/8");
if ("wrong" in block) throw new Error(block.wrong);

it.each([
  ["text", equals("a"), ["a"]],
  ["a number", equals(5), [5]],
  ["zero", equals(0), [-0, 0]],
  ["a number with too many digits, by its text", equals(new InexactNumber("1e400")), [LEAVES.at(-1)]],
  ["true", equals(true), [true]],
  ["null", equals(null), [null]],
  ["an address, by its meaning", equals("0:0:0:0:0:0:0:1"), ["::1"]],
  ["an address, letter by letter", equalsLiterally("0:0:0:0:0:0:0:1"), []],
  ["a prefix", prefix("A"), ["AB"]],
  ["an empty prefix: all text", prefix(""), LEAVES.filter((leaf) => typeof leaf === "string")],
  ["a suffix", suffix("B"), ["AB"]],
  ["text in any case", equalsIgnoreCase("ab"), ["AB"]],
  ["a prefix in any case", prefixIgnoreCase("A"), ["a", "AB"]],
  ["a suffix in any case", suffixIgnoreCase("b"), ["AB"]],
  ["a wildcard", wildcard(["", "B"], "*B"), ["AB"]],
  ["a block of addresses", cidr(block, "10.0.0.0/8"), ["10.0.0.1"]],
  [
    "a range",
    numeric([
      { operator: ">", value: 0 },
      { operator: "<=", value: 5 },
    ]),
    [5],
  ],
  ["any value", exists, LEAVES],
  [
    "anything but text: other types too",
    anythingBut([equalsLiterally("a")]),
    LEAVES.filter((leaf) => leaf !== "a"),
  ],
  [
    "anything but numbers",
    anythingBut([equals(5), equals(0)]),
    LEAVES.filter((leaf) => leaf !== 5 && leaf !== 0),
  ],
])("GIVEN leaves of every type WHEN it is %s THEN those match", (_, matcher, expected) => {
  expect(matched(matcher)).toEqual(expected);
});

it.each([
  ["=", [5]],
  [">", [5.5]],
  [">=", [5, 5.5]],
  ["<", [-0, 0]],
  ["<=", [5, -0, 0]],
] as const)("GIVEN numbers WHEN they are %s 5 THEN those match", (operator, expected) => {
  expect(matched(numeric([{ operator, value: 5 }]))).toEqual(expected);
});

it("says in plain English what it wants", () => {
  const range = numeric([
    { operator: ">", value: 0 },
    { operator: "<=", value: 5 },
  ]);
  expect(range.wanted).toBe("a number above 0 and of at most 5");
  expect(anythingBut([prefix("a"), suffix("b")]).wanted).toBe(
    'anything but text that begins with "a" or text that ends with "b"',
  );
  expect(shown("x".repeat(1_000))).toHaveLength(81);
});
