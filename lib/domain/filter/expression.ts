import { addressBlock } from "./addresses.js";
import { InexactNumber, type JsonMember, type JsonNode, type Leaf } from "./json-tree.js";
import {
  type Bound,
  type Matcher,
  type Operator,
  anythingBut,
  cidr,
  equals,
  equalsIgnoreCase,
  equalsLiterally,
  exists,
  numeric,
  prefix,
  prefixIgnoreCase,
  suffix,
  suffixIgnoreCase,
  wildcard,
} from "./matcher.js";
import { wildcardOf } from "./wildcard.js";

/** Stands for `{ "exists": false }`, which no leaf can match. */
export const ABSENT = "absent";

/** A mistake in a filter. */
export class Mistake extends Error {
  constructor(
    readonly path: string,
    readonly detail: string,
  ) {
    super(`${path}: ${detail}`);
  }
}

/** Reads one entry of a path's list: a value, or an operator such as `{ "prefix": "a" }`. @throws {Mistake} */
export function matcherOf(node: JsonNode, path: string): Matcher | typeof ABSENT {
  if (node.kind === "leaf") return equals(node.leaf);
  if (node.kind === "array") throw new Mistake(path, "must not be a list in a list");
  const [name, operand] = onlyMember(node.members, path);
  const place = `${path}.${name}`;
  const read = Object.hasOwn(OPERATORS, name) ? OPERATORS[name] : undefined;
  if (!read) throw new Mistake(place, `is not an operator: use ${Object.keys(OPERATORS).join(", ")}`);
  return read(operand, place);
}

type Read = (operand: JsonNode, path: string) => Matcher | typeof ABSENT;

const OPERATORS: Readonly<Record<string, Read>> = {
  exactly: (operand, path) => equalsLiterally(textOf(operand, path)),
  prefix: (operand, path) => eitherCase(operand, path, prefix, prefixIgnoreCase),
  suffix: (operand, path) => eitherCase(operand, path, suffix, suffixIgnoreCase),
  "equals-ignore-case": (operand, path) => equalsIgnoreCase(textOf(operand, path)),
  wildcard: wildcardIn,
  "anything-but": anythingButIn,
  numeric: numericIn,
  exists: (operand, path) => {
    if (operand.kind === "leaf" && typeof operand.leaf === "boolean") return operand.leaf ? exists : ABSENT;
    throw new Mistake(path, "must be true or false");
  },
  cidr: (operand, path) => {
    const source = textOf(operand, path);
    const block = addressBlock(source);
    if ("wrong" in block) throw new Mistake(path, block.wrong);
    return cidr(block, source);
  },
};

function onlyMember(members: readonly JsonMember[], path: string): JsonMember {
  const [first, ...more] = members;
  if (!first || more.length > 0) {
    throw new Mistake(path, `must have exactly one operator, such as { "prefix": "a" }`);
  }
  return first;
}

function textOf(node: JsonNode, path: string): string {
  if (node.kind === "leaf" && typeof node.leaf === "string") return node.leaf;
  throw new Mistake(path, "must be text");
}

/** `"a"`, or `{ "equals-ignore-case": "a" }`. */
function eitherCase(
  operand: JsonNode,
  path: string,
  asWritten: (text: string) => Matcher,
  inAnyCase: (text: string) => Matcher,
): Matcher {
  if (operand.kind !== "object") return asWritten(textOf(operand, path));
  const [name, inner] = onlyMember(operand.members, path);
  const place = `${path}.${name}`;
  if (name !== "equals-ignore-case") throw new Mistake(place, `must be text or "equals-ignore-case" here`);
  return inAnyCase(textOf(inner, place));
}

function wildcardIn(operand: JsonNode, path: string): Matcher {
  const source = textOf(operand, path);
  const parts = wildcardOf(source);
  if ("wrong" in parts) throw new Mistake(path, parts.wrong);
  return wildcard(parts, source);
}

/** The operators that may stand in `anything-but`, each with text or a list of texts. */
const BUT_OPERATORS: Readonly<Record<string, (operand: JsonNode, path: string) => Matcher>> = {
  prefix: (operand, path) => prefix(nonEmpty(textOf(operand, path), path)),
  suffix: (operand, path) => suffix(nonEmpty(textOf(operand, path), path)),
  "equals-ignore-case": (operand, path) => equalsIgnoreCase(textOf(operand, path)),
  wildcard: wildcardIn,
};

function nonEmpty(text: string, path: string): string {
  if (text === "") throw new Mistake(path, "must not be empty: all text begins and ends with it");
  return text;
}

function anythingButIn(operand: JsonNode, path: string): Matcher {
  if (operand.kind !== "object") return anythingButValues(eachOf(operand, path));
  const [name, inner] = onlyMember(operand.members, path);
  const place = `${path}.${name}`;
  const read = Object.hasOwn(BUT_OPERATORS, name) ? BUT_OPERATORS[name] : undefined;
  if (!read) throw new Mistake(place, `is not possible here: use ${Object.keys(BUT_OPERATORS).join(", ")}`);
  return anythingBut(eachOf(inner, place).map(([node, at]) => read(node, at)));
}

type Placed = readonly [node: JsonNode, path: string];

/** The items of a list, or the one value that stands in its place. */
function eachOf(node: JsonNode, path: string): readonly Placed[] {
  if (node.kind !== "array") return [[node, path]];
  if (node.items.length === 0) throw new Mistake(path, "must not be an empty list");
  return node.items.map((item, index) => [item, `${path}[${index}]`]);
}

function anythingButValues(values: readonly Placed[]): Matcher {
  const leaves = values.map(([node, path]): Leaf => {
    const leaf = node.kind === "leaf" ? node.leaf : null;
    if (leaf instanceof InexactNumber) return numberOf(node, path);
    if (typeof leaf === "string" || typeof leaf === "number") return leaf;
    throw new Mistake(path, "must be text or a number");
  });
  const [first, ...rest] = leaves;
  const other = rest.findIndex((leaf) => typeof leaf !== typeof first);
  if (other >= 0)
    throw new Mistake(values[other + 1]?.[1] ?? "", "must be of the same type as the values before it");
  return anythingBut(leaves.map(equalsLiterally));
}

const OPERATOR_NAMES = ["=", ">", ">=", "<", "<="];
const isOperator = (leaf: Leaf): leaf is Operator => OPERATOR_NAMES.includes(leaf as string);

/** `["=", 5]`, `[">", 0]` or `[">", 0, "<=", 5]`, the lower bound first. */
function numericIn(operand: JsonNode, path: string): Matcher {
  if (operand.kind !== "array") throw new Mistake(path, `must be a list such as [">", 0, "<=", 5]`);
  const [first, second, ...more] = boundsOf(operand.items, path);
  if (!first) throw new Mistake(path, `must have an operator and a number, such as [">", 0]`);
  if (!second) return numeric([first]);
  if (!first.operator.startsWith(">") || !second.operator.startsWith("<")) {
    throw new Mistake(path, `must have the lower bound first, then the upper one: [">", 0, "<=", 5]`);
  }
  if (more.length > 0) throw new Mistake(`${path}[4]`, "is too much: a range has two bounds");
  if (first.value >= second.value) throw new Mistake(`${path}[3]`, `must be above ${first.value}`);
  return numeric([first, second]);
}

function boundsOf(items: readonly JsonNode[], path: string): readonly Bound[] {
  return items.flatMap((item, index): Bound[] => {
    if (index % 2 === 1) return [];
    const operator = item.kind === "leaf" ? item.leaf : null;
    if (!isOperator(operator)) {
      throw new Mistake(
        `${path}[${index}]`,
        `must be one of ${OPERATOR_NAMES.map((one) => `"${one}"`).join(", ")}`,
      );
    }
    return [{ operator, value: numberOf(items[index + 1], `${path}[${index + 1}]`) }];
  });
}

function numberOf(node: JsonNode | undefined, path: string): number {
  const leaf = node?.kind === "leaf" ? node.leaf : null;
  if (leaf instanceof InexactNumber) {
    throw new Mistake(path, "has more digits than a double holds, so that it cannot be compared");
  }
  if (typeof leaf !== "number") throw new Mistake(path, "must be a number");
  return leaf;
}
