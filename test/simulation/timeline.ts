import type { Cursor, Due } from "../../lib/domain/progress/records.js";
import type { Span } from "../../lib/domain/progress/spans.js";
import type { Slot } from "../../lib/domain/slot.js";
import type { Call } from "./port-calls.js";
import type { Line } from "./world.js";

const SHOWN_CHARACTERS = 400;
const NONCE_CHARACTERS = 6;

type Shape = Readonly<Record<string, unknown>>;

const has = (value: Shape, ...names: readonly string[]): boolean => names.every((name) => name in value);

/** The end of an id says which one it is; its beginning is a time that all of them share. */
const shortId = (id: string): string => `..${id.slice(-NONCE_CHARACTERS)}`;

const spansText = (spans: readonly Span[]): string =>
  spans.map(({ from, to, attempt }) => `${from}..${to} attempt ${attempt}`).join(", ");

const dueText = ({ kind, id, partition, spans, done, version, dueMs, epoch }: Due): string =>
  `${kind} ${shortId(id)} of ${partition} [${spansText(spans)}] due ${dueMs} v${version}` +
  `${done.length > 0 ? ` done ${done.join()}` : ""}${epoch > 0 ? ` epoch ${epoch}` : ""}`;

const cursorText = ({ head, version, epoch, open }: Cursor): string =>
  `head ${head} v${version}${epoch > 0 ? ` epoch ${epoch}` : ""}${open ? ` open ${open.map(shortId).join()}` : ""}`;

const slotText = ({ base, count, nonce, content }: Slot): string =>
  `slot ${base}+${count} ${content.kind} ${shortId(nonce)}`;

/** Values by their names, as whoever reads a timeline calls them: everything else stays JSON. */
function named(value: unknown): unknown {
  if (value instanceof Uint8Array) return `<${value.length} bytes>`;
  if (value instanceof Map) return Object.fromEntries(value) as unknown;
  if (value instanceof Set) return [...value] as unknown;
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const shape = value as Shape;
  if (shape.type === "Buffer" && Array.isArray(shape.data)) return `<${shape.data.length} bytes>`;
  if (has(shape, "spans", "dueMs")) return dueText(value as Due);
  if (has(shape, "head", "version")) return cursorText(value as Cursor);
  if (has(shape, "base", "nonce")) return slotText(value as Slot);
  if (has(shape, "uid", "name") && !("kind" in shape)) return String(shape.name);
  return value;
}

/** Short, for a timeline. */
export function shown(value: unknown): string {
  if (value instanceof Error) return value.name;
  const text = typeof value === "string" ? value : JSON.stringify(value, (_key, one: unknown) => named(one));
  return (text ?? "-").replace(/"/g, "").slice(0, SHOWN_CHARACTERS);
}

/** One line of it, for people. */
export const lineText = ({ atMs, who, what }: Line): string =>
  `${String(atMs).padStart(9)} ${who.padEnd(14)} ${what}`;

export const describe = ({ port, method, args }: Call): string =>
  `${port}.${method}(${args.map(shown).join(", ")})`;
