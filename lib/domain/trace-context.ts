/*
 * W3C Trace Context, level 1 (https://www.w3.org/TR/trace-context/): Sluice passes on what a publisher gave, and begins
 * no span of its own.
 */

export interface TraceContext {
  readonly traceparent: string;
  /** What tracing systems add for themselves; only beside a traceparent. */
  readonly tracestate?: string;
}

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const ZEROS = /^0+$/;
const SAMPLED = 1;

const KEY = /^(?:[a-z][a-z0-9_*/-]{0,255}|[a-z0-9][a-z0-9_*/-]{0,240}@[a-z][a-z0-9_*/-]{0,13})$/;
const VALUE = /^[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/;
const ENTRIES_AT_MOST = 32;
/** What everybody has to pass on. Of a longer one, entries that are longer than this go first. */
const TRACESTATE_CHARACTERS = 512;
const LONG_ENTRY_CHARACTERS = 128;

/**
 * What is passed on of a trace context. One that is not valid is left out, as the specification says: a trace never
 * keeps a message from being published.
 */
export function traceContextIn(traceparent: unknown, tracestate?: unknown): TraceContext | undefined {
  const parent = typeof traceparent === "string" ? parentIn(traceparent) : undefined;
  if (parent === undefined) return undefined;
  const state = typeof tracestate === "string" ? stateIn(tracestate) : undefined;
  return { traceparent: parent, ...(state === undefined ? {} : { tracestate: state }) };
}

/** Of a version that is not known yet, what the known one has of it. */
function parentIn(text: string): string | undefined {
  const [, version, traceId = "", parentId = "", flags = "", more] = TRACEPARENT.exec(text.trim()) ?? [];
  if (version === undefined || version === "ff" || ZEROS.test(traceId) || ZEROS.test(parentId))
    return undefined;
  if (version === "00") return more === undefined ? `00-${traceId}-${parentId}-${flags}` : undefined;
  const known = (Number.parseInt(flags, 16) & SAMPLED).toString(16).padStart(2, "0");
  return `00-${traceId}-${parentId}-${known}`;
}

function stateIn(text: string): string | undefined {
  const entries = text
    .split(",")
    .map((entry) => entry.replace(/^[ \t]+|[ \t]+$/g, ""))
    .filter((entry) => entry !== "");
  const keys = new Set(entries.map((entry) => entry.slice(0, entry.indexOf("="))));
  const isValid = keys.size === entries.length && entries.every(isEntry);
  if (!isValid || entries.length === 0 || entries.length > ENTRIES_AT_MOST) return undefined;
  return shortened(entries);
}

function isEntry(entry: string): boolean {
  const at = entry.indexOf("=");
  return at > 0 && KEY.test(entry.slice(0, at)) && VALUE.test(entry.slice(at + 1));
}

/** The first entries are of whoever traced last. */
function shortened(entries: readonly string[]): string | undefined {
  const isShort = (list: readonly string[]): boolean => list.join(",").length <= TRACESTATE_CHARACTERS;
  if (isShort(entries)) return entries.join(",");
  const left = entries.filter((entry) => entry.length <= LONG_ENTRY_CHARACTERS);
  while (!isShort(left)) left.pop();
  return left.length === 0 ? undefined : left.join(",");
}

/** What several messages have in common; undefined where they are of different traces. */
export function commonTrace(
  messages: readonly { readonly traceparent?: string; readonly tracestate?: string }[],
): TraceContext | undefined {
  const [first, ...others] = messages;
  if (first?.traceparent === undefined) return undefined;
  const isSame = others.every(
    ({ traceparent, tracestate }) => traceparent === first.traceparent && tracestate === first.tracestate,
  );
  if (!isSame) return undefined;
  const { traceparent, tracestate } = first;
  return { traceparent, ...(tracestate === undefined ? {} : { tracestate }) };
}
