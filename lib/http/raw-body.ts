import { InvalidRequest } from "../domain/errors.js";
import { isJson } from "../domain/message.js";
import { invalidJson } from "./json-fault.js";
import { nestingProblem } from "./json-source.js";
import { isUtf8, utf8Text } from "./text.js";

const invalid = (path: string, detail: string): InvalidRequest => new InvalidRequest([{ path, detail }]);

/**
 * UTF-8 text is stored as text, so that consumers read it as it was sent. Text in another charset is stored as bytes.
 * @throws {InvalidRequest} for bytes that are not of their type
 */
export function readableBody(bytes: Uint8Array, contentType: string): string | Uint8Array {
  const isText = isJson(contentType) || /^text\//i.test(contentType);
  if (!isText || !isUtf8(contentType)) return bytes;
  const text = utf8Text(bytes);
  if (text === undefined) {
    throw invalid("body", "is not valid UTF-8: name its charset, or send it with a binary Content-Type");
  }
  if (isJson(contentType)) checkJson(text);
  return text;
}

function checkJson(text: string): void {
  try {
    JSON.parse(text);
  } catch {
    throw invalid("body", invalidJson(text));
  }
  const wrong = nestingProblem(text);
  if (wrong !== undefined) throw invalid("body", wrong);
}
