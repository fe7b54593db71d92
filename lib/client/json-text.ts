import { SluiceUsageError } from "./errors.js";

/**
 * A body as JSON text, sent byte for byte: `new JsonText("12345678901234567890")` keeps the digits that a JavaScript
 * number would lose.
 */
export class JsonText {
  /** @throws {SluiceUsageError} if it is not valid JSON */
  constructor(readonly text: string) {
    try {
      JSON.parse(text);
    } catch (error) {
      throw new SluiceUsageError(`the text is not valid JSON: ${(error as Error).message}`);
    }
  }
}

/** JSON of a value in which each JsonText stands as it is. */
export function jsonOf(value: unknown): string {
  const texts: string[] = [];
  // Nobody can guess the mark, so no string of the value looks like it.
  const mark = crypto.randomUUID();
  const json = JSON.stringify(value, (_, field: unknown) =>
    field instanceof JsonText ? `${mark}:${texts.push(field.text) - 1}` : field,
  );
  if (texts.length === 0) return json;
  return json.replace(new RegExp(`"${mark}:(\\d+)"`, "g"), (_, index: string) => texts[Number(index)] ?? "");
}

/** Where a value stands in a text. */
interface Range {
  readonly from: number;
  readonly to: number;
}

/** The text of each message's body as an answer has it; undefined where there is no body. `text` is valid JSON. */
export function bodyTexts(text: string): readonly (string | undefined)[] {
  const messages = membersOf(text, skipSpace(text, 0)).get("messages");
  if (messages === undefined) return [];
  return elementsOf(text, messages.from).map(({ from }) => {
    const body = membersOf(text, from).get("body");
    return body && text.slice(body.from, body.to);
  });
}

/** The members of the object that begins at `start`. Of two with one name the last one counts, as in JSON.parse. */
function membersOf(text: string, start: number): ReadonlyMap<string, Range> {
  const members = new Map<string, Range>();
  let at = skipSpace(text, start + 1);
  while (at < text.length && text[at] !== "}") {
    const nameEnd = stringEnd(text, at);
    const from = skipSpace(text, skipSpace(text, nameEnd) + 1);
    const to = valueEnd(text, from);
    members.set(JSON.parse(text.slice(at, nameEnd)) as string, { from, to });
    at = afterComma(text, to);
  }
  return members;
}

/** The elements of the array that begins at `start`. */
function elementsOf(text: string, start: number): readonly Range[] {
  const elements: Range[] = [];
  let at = skipSpace(text, start + 1);
  while (at < text.length && text[at] !== "]") {
    const to = valueEnd(text, at);
    elements.push({ from: at, to });
    at = afterComma(text, to);
  }
  return elements;
}

function afterComma(text: string, end: number): number {
  const at = skipSpace(text, end);
  return text[at] === "," ? skipSpace(text, at + 1) : at;
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && " \t\n\r".includes(text.charAt(at))) at++;
  return at;
}

/** Just behind the string that begins at `from`. */
function stringEnd(text: string, from: number): number {
  for (let at = from + 1; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === '"') return at + 1;
  }
  return text.length;
}

/** Just behind the value that begins at `from`. */
function valueEnd(text: string, from: number): number {
  if (text[from] === '"') return stringEnd(text, from);
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === '"') at = stringEnd(text, at) - 1;
    else if (character === "{" || character === "[") depth++;
    else if (depth > 0 && (character === "}" || character === "]")) {
      depth--;
      if (depth === 0) return at + 1;
    } else if (depth === 0 && ",]} \t\n\r".includes(character)) return at;
  }
  return text.length;
}
