import { isExact } from "../exact-number.js";
import { JSON_DEPTH_LIMIT, pastString } from "../json-walk.js";

/** A JSON value as it was written, with what JSON.parse drops: equal names, and digits that a double cannot hold. */
export type JsonNode =
  | { readonly kind: "object"; readonly members: readonly JsonMember[] }
  | { readonly kind: "array"; readonly items: readonly JsonNode[] }
  | { readonly kind: "leaf"; readonly leaf: Leaf };

export type JsonMember = readonly [name: string, node: JsonNode];

/** A number that a double cannot hold, as text. It equals only a number that is written in the same way. */
export class InexactNumber {
  constructor(readonly text: string) {}
}

/** A value at the end of a path. */
export type Leaf = string | number | boolean | null | InexactNumber;

const SPACE = /[ \t\n\r]*/y;
const NUMBER = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORDS: Readonly<Record<string, true | false | null>> = { t: true, f: false, n: null };

/**
 * Reads JSON text that JSON.parse has accepted, so it needs no checks.
 * @returns undefined if it is nested deeper than the API takes: the reader recurses
 */
export const jsonTree = (text: string): JsonNode | undefined => {
  const reader = new Reader(text);
  const node = reader.value(0);
  return reader.isTooDeep ? undefined : node;
};

class Reader {
  isTooDeep = false;
  #at = 0;

  constructor(private readonly text: string) {}

  value(depth: number): JsonNode {
    this.#take(SPACE);
    const first = this.text.charAt(this.#at);
    if ((first === "{" || first === "[") && depth === JSON_DEPTH_LIMIT) return this.#stop();
    if (first === "{") return { kind: "object", members: this.#list("}", () => this.#member(depth + 1)) };
    if (first === "[") return { kind: "array", items: this.#list("]", () => this.value(depth + 1)) };
    return { kind: "leaf", leaf: first === '"' ? this.#string() : this.#plain(first) };
  }

  #list<T>(close: string, item: () => T): T[] {
    const items: T[] = [];
    do {
      this.#at++;
      this.#take(SPACE);
      if (this.text.charAt(this.#at) === close) break;
      items.push(item());
      this.#take(SPACE);
    } while (this.text.charAt(this.#at) === ",");
    this.#at++;
    return items;
  }

  #stop(): JsonNode {
    this.isTooDeep = true;
    this.#at = this.text.length;
    return { kind: "leaf", leaf: null };
  }

  #member(depth: number): JsonMember {
    const name = this.#string();
    this.#take(SPACE);
    this.#at++; // the colon
    return [name, this.value(depth)];
  }

  #string(): string {
    const start = this.#at;
    this.#at = pastString(this.text, start);
    return JSON.parse(this.text.slice(start, this.#at)) as string;
  }

  #plain(first: string): Leaf {
    const word = WORDS[first];
    if (word !== undefined) {
      this.#at += String(word).length;
      return word;
    }
    const number = this.#take(NUMBER);
    return isExact(number) ? Number(number) : new InexactNumber(number);
  }

  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const taken = pattern.exec(this.text)?.[0] ?? "";
    this.#at += taken.length;
    return taken;
  }
}
