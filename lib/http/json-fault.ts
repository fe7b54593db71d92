/** Where a text stops being valid JSON, and how to fix it. */
export interface Fault {
  /** Index in the text. */
  readonly at: number;
  readonly advice: string;
}

/** What the grammar allows next. `first-…` may also be the end of the array or object. */
type Next = "value" | "first-item" | "item" | "first-name" | "name" | "colon" | "comma" | "end";

/** The start of a comment, or white space that JSON does not have, such as a byte order mark. */
const STRAY = /\/[/*]|[^\S \t\n\r]/y;
const SPACE = /[ \t\n\r]*/y;
const WORD = /[^\s,:[\]{}"]*/y;
const PLAIN_CHARACTERS = /[ !#-[\]-\uffff]*/y;
const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const SHORT_ESCAPES: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };
const SHOWN_CHARACTERS = 20;

/** Says where and why a text is not valid JSON. JSON.parse's own texts differ between engines and quote the input. */
export function invalidJson(text: string): string {
  const fault = faultIn(text);
  if (!fault) return "is not valid JSON";
  const before = text.slice(0, fault.at).split(/\r\n|\r|\n/);
  const column = (before.at(-1)?.length ?? 0) + 1;
  return `is not valid JSON at line ${before.length}, column ${column}: ${fault.advice}`;
}

/** The first fault in a text; undefined if it is valid JSON. */
export const faultIn = (text: string): Fault | undefined => new Scan(text).fault();

/** Follows JSON's grammar with its own stack instead of recursion, because a text may be millions of levels deep. */
class Scan {
  #at = 0;
  /** The closing brackets that are still due. */
  readonly #open: ("]" | "}")[] = [];

  constructor(private readonly text: string) {}

  fault(): Fault | undefined {
    for (let next: Next = "value"; ;) {
      this.#take(SPACE);
      if (next === "end" && this.#at === this.text.length) return undefined;
      const step: Next | Fault = this.#step(next);
      if (typeof step !== "string") return step;
      next = step;
    }
  }

  #step(next: Next): Next | Fault {
    const stray = this.#take(STRAY);
    if (stray !== "") {
      this.#at -= stray.length;
      return this.#found(
        stray.startsWith("/") ? "remove the comment" : `remove the ${codePoint(stray)} here`,
      );
    }
    if (next === "end") return this.#found("remove everything after the end of the value");
    if (this.#at === this.text.length) return this.#found(this.#missingAtEnd());
    const isClosed = this.text[this.#at] === this.#open.at(-1);
    if (isClosed && (next === "comma" || next.startsWith("first-"))) return this.#close();
    if (isClosed && (next === "item" || next === "name")) return this.#found("remove the comma before this");
    if (next === "comma") return this.#comma();
    if (next === "colon") return this.#colon();
    return next.endsWith("name") ? this.#name() : this.#value();
  }

  #value(): Next | Fault {
    const first = this.text[this.#at];
    if (first === "{") return this.#opened("}", "first-name");
    if (first === "[") return this.#opened("]", "first-item");
    if (first === '"') return this.#string() ?? this.#afterValue();
    const start = this.#at;
    const word = this.#take(WORD);
    if (["true", "false", "null"].includes(word) || NUMBER.test(word)) return this.#afterValue();
    this.#at = start;
    return this.#found(adviceOn(word, first ?? ""));
  }

  #name(): Next | Fault {
    if (this.text[this.#at] === '"') return this.#string() ?? "colon";
    return this.#found("put a field name in double quotes here");
  }

  #colon(): Next | Fault {
    if (this.text[this.#at] !== ":") return this.#found('put a ":" between the field name and its value');
    this.#at++;
    return "value";
  }

  #comma(): Next | Fault {
    const close = this.#open.at(-1);
    if (this.text[this.#at] !== ",") return this.#found(`put a "," or "${close}" here`);
    this.#at++;
    return close === "]" ? "item" : "name";
  }

  #opened(close: "]" | "}", next: Next): Next {
    this.#open.push(close);
    this.#at++;
    return next;
  }

  #close(): Next {
    this.#open.pop();
    this.#at++;
    return this.#afterValue();
  }

  #afterValue(): Next {
    return this.#open.length > 0 ? "comma" : "end";
  }

  #string(): Fault | undefined {
    const start = this.#at++;
    for (;;) {
      this.#take(PLAIN_CHARACTERS);
      const character = this.text[this.#at];
      if (character === undefined) return { at: start, advice: "close the string that starts here" };
      if (character === '"') {
        this.#at++;
        return undefined;
      }
      if (character !== "\\") return this.#found(`write this control character as ${escapeOf(character)}`);
      if (this.#take(ESCAPE) === "") return this.#found("write \\\\ for a backslash, or a valid escape");
    }
  }

  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const taken = pattern.exec(this.text)?.[0] ?? "";
    this.#at += taken.length;
    return taken;
  }

  #found(advice: string): Fault {
    return { at: this.#at, advice };
  }

  #missingAtEnd(): string {
    const close = this.#open.at(-1);
    return close === undefined ? "a value is missing" : `the text ends here, without a "${close}"`;
  }
}

const codePoint = (character: string): string =>
  `invisible character U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`;

const escapeOf = (character: string): string =>
  SHORT_ESCAPES[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;

function adviceOn(word: string, first: string): string {
  if (word === "") return `put a value before this ${JSON.stringify(first)}`;
  if (word.startsWith("'")) return "use double quotes for text";
  const lower = word.toLowerCase();
  if (["true", "false", "null"].includes(lower)) return `write ${lower} in lower case`;
  if (["nan", "infinity", "-infinity", "undefined", "none"].includes(lower)) return "use null here, or text";
  const shown = JSON.stringify(word.slice(0, SHOWN_CHARACTERS));
  if (/^[-+.\d]/.test(word)) return `${shown} is not a number in JSON, such as -0.5 or 1e3`;
  return `${shown} is not a value in JSON: put text in double quotes`;
}
