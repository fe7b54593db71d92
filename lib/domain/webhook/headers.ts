/** The custom headers of a webhook, by their names in lower case. */
export type WebhookHeaders = Readonly<Record<string, string>>;

export const HEADERS_AT_MOST = 20;
export const HEADER_LIMIT_CHARACTERS = 2_048;

const NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$/;
/** A value as HTTP takes it: no line ends, and no characters that a receiver would read as others. */
const VALUE = /^[\x21-\x7e]([\t\x20-\x7e]*[\x21-\x7e])?$/;
/** The connection's own, those that say how long a body is, and ours. */
const RESERVED: ReadonlySet<string> = new Set([
  "host",
  "content-length",
  "content-type",
  "content-encoding",
  "transfer-encoding",
  "connection",
  "keep-alive",
  "upgrade",
  "te",
  "trailer",
  "expect",
]);
const RESERVED_BEGINNING = /^(proxy|webhook|sluice)-/;

const isReserved = (name: string): boolean => RESERVED.has(name) || RESERVED_BEGINNING.test(name);

/** What is wrong with a header; undefined if nothing is. The value is never repeated. */
export function headerProblem(name: string, value: string): string | undefined {
  if (!NAME.test(name)) return "is not the name of an HTTP header";
  if (isReserved(name.toLowerCase())) return "is set by Sluice or by the connection: leave it out";
  if (value.length > HEADER_LIMIT_CHARACTERS)
    return `must have at most ${HEADER_LIMIT_CHARACTERS} characters`;
  return VALUE.test(value) ? undefined : "must be printable ASCII, without spaces at its ends";
}

/** In one form, however they were written. */
export const webhookHeaders = (given: Readonly<Record<string, string>>): WebhookHeaders =>
  Object.fromEntries(
    Object.entries(given)
      .map(([name, value]): [string, string] => [name.toLowerCase(), value])
      .sort(([one], [other]) => (one < other ? -1 : 1)),
  );
