import { InvalidRequest } from "../domain/errors.js";
import { utf8Text } from "./text.js";
import type { HeaderField } from "./request.js";

/** A header from a socket. Node gives each byte as one character, and the bytes are UTF-8. */
export function headerOfBytes(name: string, latin1: string): HeaderField {
  const value = utf8Text(Buffer.from(latin1, "latin1"));
  return { name: name.toLowerCase(), ...(value === undefined ? {} : { value }) };
}

/**
 * A header from a gateway's event. Some gateways decode the bytes as UTF-8, others give each byte as one character. The
 * second form is decoded where it can be recognized, so that a value means the same as in JSON.
 */
export function headerOfText(name: string, text: string): HeaderField {
  const isBytes = [...text].every((character) => character <= "\u00ff");
  const decoded = isBytes ? utf8Text(Buffer.from(text, "latin1")) : undefined;
  const value = decoded ?? (text.includes("\ufffd") ? undefined : text);
  return { name: name.toLowerCase(), ...(value === undefined ? {} : { value }) };
}

/** Spells `sluice-key` as the docs do: `Sluice-Key`. */
const documented = (name: string): string => name.replace(/(^|-)[a-z]/g, (start) => start.toUpperCase());

/** The value of a header. @throws {InvalidRequest} if it was sent twice or is not UTF-8. */
export function headerOf(headers: readonly HeaderField[], name: string): string | undefined {
  const [first, second] = headers.filter((header) => header.name === name);
  if (second) throw invalidHeader(name, "is sent twice: send it once");
  if (first && first.value === undefined) throw invalidHeader(name, "is not valid UTF-8");
  return first?.value;
}

/**
 * The trace context of a request. One that cannot be is left out, and never refused: traceparent comes once, and
 * tracestate may come in parts.
 */
export function traceHeaders(headers: readonly HeaderField[]): Record<string, string> {
  const valuesOf = (name: string): readonly (string | undefined)[] =>
    headers.filter((header) => header.name === name).map(({ value }) => value);
  const [traceparent, ...others] = valuesOf("traceparent");
  if (traceparent === undefined || others.length > 0) return {};
  const states = valuesOf("tracestate");
  const isWhole = states.length > 0 && !states.includes(undefined);
  return { traceparent, ...(isWhole ? { tracestate: states.join(",") } : {}) };
}

/** All `Sluice-*` headers, and the `Idempotency-Key`. @throws {InvalidRequest} */
export function sluiceHeaders(headers: readonly HeaderField[]): Record<string, string> {
  const isOwn = (name: string): boolean => name.startsWith("sluice-") || name === "idempotency-key";
  const names = new Set(headers.map(({ name }) => name).filter(isOwn));
  return Object.fromEntries([...names].map((name) => [documented(name), headerOf(headers, name) ?? ""]));
}

const invalidHeader = (name: string, detail: string): InvalidRequest =>
  new InvalidRequest([{ path: `headers.${documented(name)}`, detail }]);
