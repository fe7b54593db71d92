import { InexactNumber, type JsonNode, jsonTree } from "../../../../lib/domain/filter/json-tree.js";

/** More would take longer than they tell. */
const MOST = 500;

/**
 * A filter as all filters with one entry in each list: by EventBridge's rules it matches if any of them does. What
 * event-ruler says to them shows whether its automaton confuses entries that share a list.
 */
export function withOneEntryEach(filter: string): readonly string[] {
  const tree = jsonTree(filter);
  return tree ? variants(tree, false) : [];
}

function variants(node: JsonNode, isOr: boolean): readonly string[] {
  if (node.kind === "leaf") return [textOf(node)];
  if (node.kind === "array") {
    return isOr
      ? product(node.items.map((item) => variants(item, false))).map((items) => `[${items.join()}]`)
      : node.items.map((item) => `[${textOf(item)}]`);
  }
  const members = node.members.map(([name, member]) =>
    variants(member, name === "$or").map((text) => `${JSON.stringify(name)}:${text}`),
  );
  return product(members).map((texts) => `{${texts.join()}}`);
}

const product = (lists: readonly (readonly string[])[]): readonly (readonly string[])[] =>
  lists.reduce<readonly (readonly string[])[]>(
    (combined, texts) => combined.flatMap((some) => texts.map((text) => [...some, text])).slice(0, MOST),
    [[]],
  );

function textOf(node: JsonNode): string {
  if (node.kind === "array") return `[${node.items.map(textOf).join()}]`;
  if (node.kind === "object") {
    return `{${node.members.map(([name, member]) => `${JSON.stringify(name)}:${textOf(member)}`).join()}}`;
  }
  return node.leaf instanceof InexactNumber ? node.leaf.text : JSON.stringify(node.leaf);
}
