import { isJson } from "../domain/message.js";
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

/** What is sent for a message that was received: its body as it was published. */
export function withJsonText<T extends { readonly bodyText?: string | undefined }>(message: T): object {
  if (message.bodyText === undefined) return message;
  const { bodyText, ...fields } = message;
  return { ...fields, body: new JsonText(bodyText) };
}

const BODY = /^(messages|items)\[\d+\]\.body$/;

/**
 * The messages of a list in a response, each JSON body with its source text beside it. `text`: the response, which is
 * valid JSON.
 */
export function withBodyTexts<T extends { readonly contentType?: string | undefined }>(
  list: "messages" | "items",
  messages: readonly T[],
  text: string,
): (T & { readonly bodyText?: string })[] {
  const { kept } = jsonSource(text, (path) => BODY.test(path));
  return messages.map((message, index) => {
    const source = isJson(message.contentType ?? "") ? kept.get(`${list}[${index}].body`) : undefined;
    return source === undefined ? message : { ...message, bodyText: source.text };
  });
}

/** The source text of a single message's body. */
export const bodyText = (text: string, place = "body"): string | undefined =>
  jsonSource(text, (path) => path === place).kept.get(place)?.text;
