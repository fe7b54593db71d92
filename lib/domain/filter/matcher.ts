import { type Address, type AddressBlock, addressOf, isInBlock, isSameAddress } from "./addresses.js";
import { InexactNumber, type Leaf } from "./json-tree.js";
import { type Letters, beginsWith, endsWith, isSpelledBy, lettersOf } from "./letters.js";
import { type Wildcard, fits } from "./wildcard.js";

/** What a leaf must be like: one entry of a path's list. */
export interface Matcher {
  /** As in "the filter wants a number above 5". */
  readonly wanted: string;
  /** The only type of leaf that can match. */
  readonly type: "text" | "number" | "boolean" | "null" | "any";
  readonly matches: (leaf: Leaf) => boolean;
}

const text = (wanted: string, matches: (text: string) => boolean): Matcher => ({
  wanted,
  type: "text",
  matches: (leaf) => typeof leaf === "string" && matches(leaf),
});

/** A leaf as its sender wrote it, at a length that fits into a sentence. */
export function shown(leaf: Leaf): string {
  const whole = leaf instanceof InexactNumber ? leaf.text : JSON.stringify(leaf);
  return whole.length > SHOWN_CHARACTERS ? `${whole.slice(0, SHOWN_CHARACTERS)}…` : whole;
}
const SHOWN_CHARACTERS = 80;

const isSame = (leaf: Leaf, other: Leaf): boolean =>
  other instanceof InexactNumber ? leaf instanceof InexactNumber && leaf.text === other.text : leaf === other;

export function equals(value: Leaf): Matcher {
  const address = typeof value === "string" ? addressOf(value) : undefined;
  if (address) return sameAddress(address);
  return { wanted: shown(value), type: typeOf(value), matches: (leaf) => isSame(leaf, value) };
}

function typeOf(value: Leaf): Matcher["type"] {
  if (typeof value === "string") return "text";
  if (typeof value === "boolean") return "boolean";
  return value === null ? "null" : "number";
}

/** EventBridge compares addresses by what they mean: "::1" is "0:0:0:0:0:0:0:1". */
function sameAddress(address: Address): Matcher {
  return text(`the address ${address.toString()}`, (leaf) => {
    const other = addressOf(leaf);
    return other !== undefined && isSameAddress(address, other);
  });
}

export const prefix = (start: string): Matcher =>
  text(`text that begins with ${shown(start)}`, (leaf) => leaf.startsWith(start));

export const suffix = (end: string): Matcher =>
  text(`text that ends with ${shown(end)}`, (leaf) => leaf.endsWith(end));

const inAnyCase =
  (words: (value: string) => string, matches: (letters: Letters, leaf: string) => boolean) =>
  (value: string): Matcher => {
    const letters = lettersOf(value);
    return text(`${words(shown(value))} in upper or lower case`, (leaf) => matches(letters, leaf));
  };

export const equalsIgnoreCase = inAnyCase((value) => value, isSpelledBy);
export const prefixIgnoreCase = inAnyCase((value) => `text that begins with ${value}`, beginsWith);
export const suffixIgnoreCase = inAnyCase((value) => `text that ends with ${value}`, endsWith);

export const wildcard = (parts: Wildcard, source: string): Matcher =>
  text(`text like ${shown(source)}`, (leaf) => fits(parts, leaf));

export const cidr = (block: AddressBlock, source: string): Matcher =>
  text(`an IP address in ${source}`, (leaf) => {
    const address = addressOf(leaf);
    return address !== undefined && isInBlock(address, block);
  });

export type Operator = "=" | ">" | ">=" | "<" | "<=";

/** One side of a range, such as `> 5`. */
export interface Bound {
  readonly operator: Operator;
  readonly value: number;
}

const IS: Readonly<Record<Operator, (one: number, other: number) => boolean>> = {
  "=": (one, other) => one === other,
  ">": (one, other) => one > other,
  ">=": (one, other) => one >= other,
  "<": (one, other) => one < other,
  "<=": (one, other) => one <= other,
};
const SAID: Readonly<Record<Operator, string>> = {
  "=": "equal to",
  ">": "above",
  ">=": "of at least",
  "<": "below",
  "<=": "of at most",
};

/** A number that a double cannot hold is in no range: EventBridge compares doubles. */
export const numeric = (bounds: readonly Bound[]): Matcher => ({
  wanted: `a number ${bounds.map(({ operator, value }) => `${SAID[operator]} ${value}`).join(" and ")}`,
  type: "number",
  matches: (leaf) =>
    typeof leaf === "number" && bounds.every(({ operator, value }) => IS[operator](leaf, value)),
});

/** Matches leaves of every type but what one of `others` matches: 5 is anything but "a". */
export const anythingBut = (others: readonly Matcher[]): Matcher => ({
  wanted: `anything but ${others.map(({ wanted }) => wanted).join(" or ")}`,
  type: "any",
  matches: (leaf) => !others.some(({ matches }) => matches(leaf)),
});

/** For `anything-but`, which takes addresses as plain text. */
export const equalsLiterally = (value: Leaf): Matcher => ({
  wanted: shown(value),
  type: typeOf(value),
  matches: (leaf) => isSame(leaf, value),
});

export const exists: Matcher = { wanted: "any value", type: "any", matches: () => true };
