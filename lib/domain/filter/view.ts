import { type AttributeValue, type MessageContent, isJson } from "../message.js";
import { InexactNumber, type JsonNode, jsonTree } from "./json-tree.js";

/** A message's parts, as filters look at them. */
export interface MessageView {
  readonly key: string | undefined;
  readonly tag: string | undefined;
  readonly attributes: Readonly<Record<string, AttributeValue>>;
  /** The value of a JSON body; undefined if there is none. It is parsed at the first call. */
  body(): unknown;
}

/** Text without this has no number that a double cannot hold. */
const MAYBE_INEXACT = /[\d.]{16}|\d[eE][+-]?\d{3}/;

/** A message as filters see it. One view serves the filters of all subscriptions, and parses the body once. */
export const viewOf = (message: Partial<MessageContent>): MessageView => new View(message);

const NO_ATTRIBUTES = {};

class View implements MessageView {
  readonly key: string | undefined;
  readonly tag: string | undefined;
  readonly attributes: Readonly<Record<string, AttributeValue>>;
  #parsed: { readonly value: unknown } | undefined;

  constructor(private readonly message: Partial<MessageContent>) {
    this.key = message.key;
    this.tag = message.tag;
    this.attributes = message.attributes ?? NO_ATTRIBUTES;
  }

  body(): unknown {
    const { body, contentType = "" } = this.message;
    this.#parsed ??= { value: body !== undefined && isJson(contentType) ? valueOf(body) : undefined };
    return this.#parsed.value;
  }
}

/** A body that says it is JSON and is not has no value: a filter passes it over, and never fails. */
function valueOf(body: string | Uint8Array): unknown {
  const text = typeof body === "string" ? body : Buffer.from(body).toString("utf8");
  try {
    const value = JSON.parse(text) as unknown;
    if (!MAYBE_INEXACT.test(text)) return value;
    const tree = jsonTree(text);
    return tree && exactValue(tree);
  } catch {
    return undefined;
  }
}

/** The value as JSON.parse makes it, the last of equal names included, but for numbers that are not exact. */
function exactValue(node: JsonNode): unknown {
  if (node.kind === "leaf") return node.leaf;
  if (node.kind === "array") return node.items.map(exactValue);
  return Object.fromEntries(node.members.map(([name, member]) => [name, exactValue(member)]));
}

/** Whether a value has others below it. */
export const isObject = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !(value instanceof InexactNumber);
