import { invalidJson } from "../http/json-fault.js";
import { jsonSource } from "../http/json-source.js";
import { SluiceUsageError } from "./errors.js";

/**
 * A body as JSON text, sent byte for byte: `new JsonText("12345678901234567890")` keeps digits that a JavaScript number
 * would lose.
 */
export class JsonText {
  /** @throws {SluiceUsageError} if it is not valid JSON */
  constructor(readonly text: string) {
    try {
      JSON.parse(text);
    } catch {
      throw new SluiceUsageError(`the text ${invalidJson(text)}`);
    }
  }
}

/** The JSON of a value, with each JsonText inserted unchanged. */
export function jsonOf(value: unknown): string {
  const texts: string[] = [];
  // Nobody can guess the mark, so no string in the value can look like it.
  const mark = crypto.randomUUID();
  const json = JSON.stringify(value, (_, field: unknown) =>
    field instanceof JsonText ? `${mark}:${texts.push(field.text) - 1}` : field,
  );
  if (texts.length === 0) return json;
  return json.replace(new RegExp(`"${mark}:(\\d+)"`, "g"), (_, index: string) => texts[Number(index)] ?? "");
}

const BODY = /^messages\[\d+\]\.body$/;

/** Returns the source text of the body of message `index`; undefined if it has no JSON value. `text` is valid JSON. */
export function bodyTexts(text: string): (index: number) => string | undefined {
  const { kept } = jsonSource(text, (path) => BODY.test(path));
  return (index) => kept.get(`messages[${index}].body`)?.text;
}

/** The source text of a single message's body. */
export const bodyText = (text: string): string | undefined =>
  jsonSource(text, (path) => path === "body").kept.get("body")?.text;
