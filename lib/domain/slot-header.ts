import type { AttributeValue, MessageContent } from "./message.js";
import type { Slot, SlotHeader } from "./slot.js";
import { checksumOf } from "./slot-codec.js";

/** The fields of a message that filters and the count of expired messages need. */
export interface MessageHeader extends Pick<MessageContent, "key" | "tag" | "attributes" | "expiresAtMs"> {
  /** Its id was given before it had its place. Ids are long, and few need them: the slot has to be opened for it. */
  readonly hasGivenId?: true;
}

/**
 * One value for each message, null if it has none. With `places`, each message has one character that selects its
 * value.
 */
type Column<T> = readonly [values: readonly (T | null)[], places?: string];

interface Columns {
  readonly k?: Column<string>;
  readonly t?: Column<string>;
  readonly a?: Column<Readonly<Record<string, AttributeValue>>>;
  readonly x?: Column<number>;
  readonly g?: Column<true>;
}

const PLACES = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** A header's size without its text: a checksum and a name. */
const AROUND_BYTES = 25;

const checksumOfHeader = (text: string, count: number): string => checksumOf(Buffer.from(`${count}${text}`));

/** The header of `messages`, left out if it takes more than `limitBytes`. */
export function encodeHeader(messages: readonly MessageContent[], limitBytes: number): SlotHeader {
  const columns = {
    k: columnOf(messages.map(({ key }) => key)),
    t: columnOf(messages.map(({ tag }) => tag)),
    a: columnOf(messages.map(({ attributes }) => attributes)),
    x: columnOf(messages.map(({ expiresAtMs }) => expiresAtMs)),
    g: columnOf(messages.map(({ givenId }) => (givenId === undefined ? undefined : (true as const)))),
  };
  if (Object.values(columns).every((column) => column === undefined)) return { kind: "none" };
  const text = JSON.stringify(columns);
  if (Buffer.byteLength(text) + AROUND_BYTES > limitBytes) return { kind: "left-out" };
  return { kind: "text", text, checksum: checksumOfHeader(text, messages.length) };
}

/**
 * undefined if no message has a value. Equal values are written once, because a batch often has many messages of few
 * kinds.
 */
function columnOf<T>(values: readonly (T | undefined)[]): Column<T> | undefined {
  if (values.every((value) => value === undefined)) return undefined;
  const all = values.map((value) => value ?? null);
  const distinct = new Map<string, { readonly value: T | null; readonly place: string }>();
  let places = "";
  for (const value of all) {
    const text = JSON.stringify(value);
    const known = distinct.get(text) ?? { value, place: PLACES.charAt(distinct.size) };
    distinct.set(text, known);
    places += known.place;
  }
  const isWorthIt = distinct.size < all.length && distinct.size <= PLACES.length;
  return isWorthIt ? [[...distinct.values()].map(({ value }) => value), places] : [all];
}

/** Each message's header. `open-it`: the slot has to be opened for them. */
export function headerOf({
  header,
  count,
}: Pick<Slot, "header" | "count">): readonly MessageHeader[] | "open-it" {
  if (header.kind === "none") return Array.from({ length: count }, () => ({}));
  if (header.kind === "left-out" || checksumOfHeader(header.text, count) !== header.checksum)
    return "open-it";
  const { k, t, a, x, g } = JSON.parse(header.text) as Columns;
  return Array.from({ length: count }, (_, index) => ({
    ...field("key", valueAt(k, index)),
    ...field("tag", valueAt(t, index)),
    ...field("attributes", valueAt(a, index)),
    ...field("expiresAtMs", valueAt(x, index)),
    ...field("hasGivenId", valueAt(g, index)),
  }));
}

function valueAt<T>(column: Column<T> | undefined, index: number): T | null | undefined {
  if (!column) return undefined;
  const [values, places] = column;
  return values[places === undefined ? index : PLACES.indexOf(places.charAt(index))];
}

const field = <N extends string, T>(name: N, value: T | null | undefined) =>
  (value === null || value === undefined ? {} : { [name]: value }) as { readonly [K in N]?: T };
