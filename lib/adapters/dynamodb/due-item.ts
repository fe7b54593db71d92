import type { Cursor, Due, SetAside, Span } from "../../domain/progress.js";

/** A span as it is stored: `from, length, slotBase back from from, attempt, publishedAt, firstReceivedAt?`. Numbers pack best. */
type SpanNumbers = readonly number[];

const spanNumbers = ({
  from,
  to,
  slotBase,
  attempt,
  publishedAtMs,
  firstReceivedAtMs,
}: Span): SpanNumbers => [
  from,
  to - from,
  from - slotBase,
  attempt,
  publishedAtMs,
  ...(firstReceivedAtMs === undefined ? [] : [firstReceivedAtMs]),
];

function spanOf(numbers: SpanNumbers): Span {
  const [from = 0, length = 0, back = 0, attempt = 0, publishedAtMs = 0, firstReceivedAtMs] = numbers;
  const span = { from, to: from + length, slotBase: from - back, attempt, publishedAtMs };
  return firstReceivedAtMs === undefined ? span : { ...span, firstReceivedAtMs };
}

export const DUE_PREFIX = "due#";
export const CURSOR_PREFIX = "cursor#";
export const ASIDE_PREFIX = "aside#";
/** Sorts behind every character of an id. */
const LAST = "~";

export const dueSortKey = (id: string): string => `${DUE_PREFIX}${id}`;
export const dueUntilSortKey = (timePart: string): string => `${DUE_PREFIX}${timePart}${LAST}`;
export const cursorSortKey = (partition: number): string =>
  `${CURSOR_PREFIX}${String(partition).padStart(3, "0")}`;
export const asideSortKey = ({ partition, base }: SetAside): string =>
  `${ASIDE_PREFIX}${String(partition).padStart(3, "0")}#${String(base).padStart(16, "0")}`;

/** A lease or retry as an item's attributes. `done` is a number set, so that acknowledgements commute. */
export function dueAttributes(due: Due): Record<string, unknown> {
  return {
    k: due.kind === "lease" ? "l" : "r",
    p: due.partition,
    e: due.epoch,
    s: JSON.stringify(due.spans.map(spanNumbers)),
    v: due.version,
    d: due.dueMs,
    ...(due.done.length > 0 ? { done: new Set(due.done) } : {}),
  };
}

export function dueOf(item: Record<string, unknown>): Due {
  const done = item.done instanceof Set ? [...(item.done as Set<number>)] : [];
  return {
    kind: item.k === "l" ? "lease" : "retry",
    id: String(item.sk).slice(DUE_PREFIX.length),
    partition: Number(item.p),
    epoch: Number(item.e),
    spans: (JSON.parse(String(item.s)) as SpanNumbers[]).map(spanOf),
    done,
    version: Number(item.v),
    dueMs: Number(item.d),
  };
}

/** `writer` tells the caller's own write, whose answer was lost, from somebody else's. */
export const cursorAttributes = (cursor: Cursor, writer: string): Record<string, unknown> => ({
  h: cursor.head,
  b: cursor.slotBase,
  e: cursor.epoch,
  v: cursor.version,
  w: writer,
  ...(cursor.open ? { o: cursor.open } : {}),
});

export function cursorOf(item: Record<string, unknown>): Cursor {
  const open = Array.isArray(item.o) ? { open: item.o as string[] } : {};
  return {
    head: Number(item.h),
    slotBase: Number(item.b),
    epoch: Number(item.e),
    version: Number(item.v),
    ...open,
  };
}
