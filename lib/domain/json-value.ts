import { isJson } from "./message.js";

/**
 * Text goes as base64 if its JSON form is longer than this many times its length: control characters take six bytes.
 */
const BASE64_GROWTH = 4 / 3;
const SHORT_CHARACTERS = 1_024;

/**
 * A text body as a JSON value: JSON as its publisher wrote it, any other text as a string. undefined for JSON that is
 * not valid, and if base64 is shorter.
 */
export function jsonValue(body: string, contentType: string): string | undefined {
  if (isJson(contentType)) return isJsonText(body) ? body : undefined;
  const text = JSON.stringify(body);
  return text.length <= Math.max(SHORT_CHARACTERS, body.length * BASE64_GROWTH) ? text : undefined;
}

function isJsonText(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
