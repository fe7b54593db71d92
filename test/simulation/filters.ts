import type { MessageContent } from "../../lib/domain/message.js";

/** What filters look at. `total`: what its body says; "unknown" where the body cannot be read. */
export interface Fields {
  readonly key?: string;
  readonly tag?: string;
  readonly region?: string;
  readonly weight?: number;
  readonly total?: number | "unknown";
}

/** Whether a message matches; undefined: that cannot be told without its body. */
type Wants = (fields: Fields) => boolean | undefined;

const totals =
  (is: (total: number) => boolean): Wants =>
  ({ total }) =>
    total === "unknown" ? undefined : total !== undefined && is(total);

const both =
  (one: Wants, other: Wants): Wants =>
  (fields) => {
    const sides = [one(fields), other(fields)];
    if (sides.includes(false)) return false;
    return sides.includes(undefined) ? undefined : true;
  };

const isTagged =
  (...tags: readonly string[]): Wants =>
  ({ tag }) =>
    tag !== undefined && tags.includes(tag);

/** Filters as users set them, and beside each what it means, in words of this house. */
const ALL: readonly (readonly [filter: object, wants: Wants])[] = [
  [{ tag: ["created"] }, isTagged("created")],
  [{ tag: [{ "anything-but": "deleted" }] }, ({ tag }) => tag !== undefined && tag !== "deleted"],
  [{ tag: [{ exists: false }] }, ({ tag }) => tag === undefined],
  [{ tag: ["never"] }, () => false],
  [{ key: ["a", "b"] }, ({ key }) => key === "a" || key === "b"],
  [{ "attributes.region": [{ prefix: "eu-" }] }, ({ region }) => region?.startsWith("eu-") ?? false],
  [{ "attributes.weight": [{ numeric: [">=", 5] }] }, ({ weight = 0 }) => weight >= 5],
  [{ "body.total": [{ numeric: ["<", 50] }] }, totals((total) => total < 50)],
  [
    { tag: ["created", "changed"], body: { total: [{ numeric: [">=", 50] }] } },
    both(
      isTagged("created", "changed"),
      totals((total) => total >= 50),
    ),
  ],
  [
    { $or: [{ tag: ["deleted"] }, { "attributes.region": ["us-1"] }] },
    ({ tag, region }) => tag === "deleted" || region === "us-1",
  ],
];

const WANTS: ReadonlyMap<string, Wants> = new Map(
  ALL.map(([filter, wants]) => [JSON.stringify(filter), wants]),
);

export const FILTERS: readonly string[] = [...WANTS.keys()];

/** The plainest filter, of any tag. */
export const filterOfTag = (tag: string): string => JSON.stringify({ tag: [tag] });

function asTag(filter: string): Wants | undefined {
  const { tag: [tag = ""] = [] } = JSON.parse(filter) as { readonly tag?: readonly unknown[] };
  return typeof tag === "string" && filterOfTag(tag) === filter ? isTagged(tag) : undefined;
}

/** Whether a filter of these wants a message; without a filter, everything is wanted. */
export function wants(filter: string | undefined, fields: Fields): boolean | undefined {
  if (filter === undefined) return true;
  const one = WANTS.get(filter) ?? asTag(filter);
  if (!one) throw new Error(`nobody said what this filter means: ${filter}`);
  return one(fields);
}

const TAGS = ["created", "changed", "deleted", undefined] as const;
const REGIONS = ["eu-1", "eu-2", "us-1"] as const;
/** So long that a slot may have no room for it in its header. */
const LONG = "n".repeat(700);
const TOTALS = 100;

/**
 * What a producer sends beside a label, if filters look at it: some of everything, as the label alone has it, so that
 * no chance is taken from others.
 */
export function contentOf(label: string, padding: string): Omit<MessageContent, "key" | "expiresAtMs"> {
  const number = numberOf(label);
  const tag = TAGS[number % TAGS.length];
  const region = REGIONS[number % REGIONS.length] ?? REGIONS[0];
  const note = number % 13 === 0 ? { note: LONG } : {};
  const attributes = number % 5 === 0 ? {} : { attributes: { region, weight: number % 10, ...note } };
  const isJson = number % 7 > 1;
  const total = (number * 37) % TOTALS;
  return {
    ...(tag === undefined ? {} : { tag }),
    ...attributes,
    ...(isJson
      ? { contentType: "application/json", body: JSON.stringify({ label, total, padding }) }
      : { contentType: "text/plain", body: `${label}${padding}` }),
  };
}

/** Spreads the labels of all producers over everything that there is. */
const numberOf = (label: string): number =>
  [...label].reduce((sum, character) => (sum * 31 + character.charCodeAt(0)) % 1_000_003, 7);

/** What filters see of a message; of one that cannot be read, what its header shows. */
export function fieldsOf(
  { key, tag, attributes = {} }: Pick<MessageContent, "key" | "tag" | "attributes">,
  body?: MessageContent["body"],
): Fields {
  const { region, weight } = attributes;
  const total = body === undefined ? "unknown" : totalIn(body);
  return {
    ...(key === undefined ? {} : { key }),
    ...(tag === undefined ? {} : { tag }),
    ...(typeof region === "string" ? { region } : {}),
    ...(typeof weight === "number" ? { weight } : {}),
    ...(total === undefined ? {} : { total }),
  };
}

function totalIn(body: MessageContent["body"]): number | undefined {
  const text = textOf(body);
  return text.startsWith("{") ? (JSON.parse(text) as { readonly total: number }).total : undefined;
}

export const textOf = (body: string | Uint8Array): string =>
  typeof body === "string" ? body : Buffer.from(body).toString("utf8");
