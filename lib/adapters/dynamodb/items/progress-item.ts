import { StorageUnavailable } from "../../../domain/errors.js";
import type { Cursor, Due, SetAside, Span } from "../../../domain/progress/records.js";
import { type SubscriptionRef, subscriptionKey } from "../../../domain/subscription.js";
import { FORMAT, readable } from "./format.js";

export const DUE_PREFIX = "due#";
export const CURSOR_PREFIX = "cursor#";
export const ASIDE_PREFIX = "aside#";
/** Sorts behind every character of an id. */
const LAST = "~";

/** The item collection of one subscription's progress. */
export const progressKey = (subscription: SubscriptionRef): string =>
  `progress#${subscriptionKey(subscription)}`;
export const dueSortKey = (id: string): string => `${DUE_PREFIX}${id}`;
export const dueUntilSortKey = (timePart: string): string => `${DUE_PREFIX}${timePart}${LAST}`;
export const cursorSortKey = (partition: number): string =>
  `${CURSOR_PREFIX}${String(partition).padStart(3, "0")}`;
const asideSortKey = ({ partition, base }: SetAside): string =>
  `${ASIDE_PREFIX}${String(partition).padStart(3, "0")}#${String(base).padStart(16, "0")}`;

const isNumber = (value: unknown): value is number => Number.isFinite(value);

/** `from, length, from - slotBase, attempt, publishedAt, firstReceivedAt?`: a fifth of what names would take. */
const spanNumbers = (span: Span): readonly number[] => [
  span.from,
  span.to - span.from,
  span.from - span.slotBase,
  span.attempt,
  span.publishedAtMs,
  ...(span.firstReceivedAtMs === undefined ? [] : [span.firstReceivedAtMs]),
];

function spanOf(numbers: unknown): Span | undefined {
  if (!Array.isArray(numbers) || numbers.length < 5 || !numbers.every(isNumber)) return undefined;
  const [from, length, back, attempt, publishedAtMs, first] = numbers as [
    ...[number, number, number, number, number],
    number?,
  ];
  const span = { from, to: from + length, slotBase: from - back, attempt, publishedAtMs };
  return first === undefined ? span : { ...span, firstReceivedAtMs: first };
}

function spansOf(text: unknown): Span[] | undefined {
  try {
    const spans: unknown = JSON.parse(String(text));
    if (!Array.isArray(spans)) return undefined;
    const read = spans.map(spanOf).filter((span) => span !== undefined);
    return read.length === spans.length ? read : undefined;
  } catch {
    return undefined;
  }
}

/** A lease or retry as an item's attributes. `done` is a number set, so that acknowledgements commute. */
function dueAttributes(due: Due): Record<string, unknown> {
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

/** `writer` names the write that left an item as it is: whose answer was lost knows its own by it. */
export const dueItem = (pk: string, due: Due, writer: string) => ({
  pk,
  sk: dueSortKey(due.id),
  f: FORMAT,
  ...dueAttributes(due),
  w: writer,
});

/**
 * undefined for an item that somebody damaged: nothing can be handed out of it, and its neighbours go on.
 * @throws {StoredFormatTooNew}
 */
export function dueOf(item: Record<string, unknown>): Due | undefined {
  const { sk, k, p, e, s, v, d, done } = readable(item);
  const spans = spansOf(s);
  const isReadable = (k === "l" || k === "r") && isNumber(p) && isNumber(e) && isNumber(v) && isNumber(d);
  if (!spans || !isReadable) return undefined;
  return {
    kind: k === "l" ? "lease" : "retry",
    id: String(sk).slice(DUE_PREFIX.length),
    partition: p,
    epoch: e,
    spans,
    done: done instanceof Set ? [...(done as Set<number>)] : [],
    version: v,
    dueMs: d,
  };
}

const cursorAttributes = (cursor: Cursor): Record<string, unknown> => ({
  h: cursor.head,
  b: cursor.slotBase,
  e: cursor.epoch,
  v: cursor.version,
  ...(cursor.open ? { o: cursor.open } : {}),
});

export const cursorItem = (pk: string, partition: number, cursor: Cursor, writer: string) => ({
  pk,
  sk: cursorSortKey(partition),
  f: FORMAT,
  ...cursorAttributes(cursor),
  w: writer,
});

export const asideItem = (pk: string, slot: SetAside) => ({
  pk,
  sk: asideSortKey(slot),
  f: FORMAT,
  aside: slot,
});

/** undefined for an item that somebody damaged. @throws {StoredFormatTooNew} */
export const asideOf = (item: Record<string, unknown>): SetAside | undefined =>
  readable(item).aside as SetAside | undefined;

/**
 * @throws {StorageUnavailable} for one that somebody damaged: to guess a head would lose messages.
 * @throws {StoredFormatTooNew}
 */
export function cursorOf(item: Record<string, unknown>): Cursor {
  const { pk, sk, h, b, e, v, o } = readable(item);
  if (!isNumber(h) || !isNumber(b) || !isNumber(e) || !isNumber(v))
    throw new StorageUnavailable(`reading the damaged cursor ${String(pk)} ${String(sk)}`);
  const open = Array.isArray(o) ? { open: o.map(String) } : {};
  return { head: h, slotBase: b, epoch: e, version: v, ...open };
}
