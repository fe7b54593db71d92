import { InvalidRequest } from "../domain/errors.js";
import { utf8Text } from "./text.js";
import type { HeaderField } from "./request.js";

/** A header of a socket: node shows each byte as one character. Header values are UTF-8 here. */
export function headerOfBytes(name: string, latin1: string): HeaderField {
  const value = utf8Text(Buffer.from(latin1, "latin1"));
  return { name: name.toLowerCase(), ...(value === undefined ? {} : { value }) };
}

/**
 * A header of a gateway's event, which is text already. Some gateways read the bytes as UTF-8, some show each as one
 * character; the latter is undone where it can be told, so that a value means the same as in JSON.
 */
export function headerOfText(name: string, text: string): HeaderField {
  const isBytes = [...text].every((character) => character <= "\u00ff");
  const decoded = isBytes ? utf8Text(Buffer.from(text, "latin1")) : undefined;
  const value = decoded ?? (text.includes("\ufffd") ? undefined : text);
  return { name: name.toLowerCase(), ...(value === undefined ? {} : { value }) };
}

/** `sluice-key` as documents spell it: `Sluice-Key`. */
const documented = (name: string): string => name.replace(/(^|-)[a-z]/g, (start) => start.toUpperCase());

/** A header that is sent once at most. @throws {InvalidRequest} where it is there twice, or is not UTF-8. */
export function headerOf(headers: readonly HeaderField[], name: string): string | undefined {
  const [first, second] = headers.filter((header) => header.name === name);
  if (second) throw invalidHeader(name, "is sent twice: send it once");
  if (first && first.value === undefined) throw invalidHeader(name, "is not valid UTF-8");
  return first?.value;
}

/** Our own headers. @throws {InvalidRequest} */
export function sluiceHeaders(headers: readonly HeaderField[]): Record<string, string> {
  const names = new Set(headers.map(({ name }) => name).filter((name) => name.startsWith("sluice-")));
  return Object.fromEntries([...names].map((name) => [documented(name), headerOf(headers, name) ?? ""]));
}

const invalidHeader = (name: string, detail: string): InvalidRequest =>
  new InvalidRequest([{ path: `headers.${documented(name)}`, detail }]);
