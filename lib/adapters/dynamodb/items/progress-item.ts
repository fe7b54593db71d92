import { StorageUnavailable } from "../../../domain/errors.js";
import type { Cursor, Due, LeaseConsumer, Lease, SetAside } from "../../../domain/progress/records.js";
import { isHold } from "../../../domain/progress/holds.js";
import type { Span } from "../../../domain/progress/spans.js";
import { type SubscriptionRef, subscriptionKey } from "../../../domain/subscription.js";
import { errorsIn, failuresText, withFailuresOf } from "./failure-numbers.js";
import { FORMAT, FORMAT_WITH_HOLD, FORMAT_WITH_MENDED, readable } from "./format.js";
import { WRITE_UNIT_BYTES, itemBytes } from "./item-size.js";

export const DUE_PREFIX = "due#";
export const CURSOR_PREFIX = "cursor#";
export const ASIDE_PREFIX = "aside#";
/** Sorts after every character that an id can hold. */
const LAST = "~";

/** Partition key of one subscription's progress. */
export const progressKey = (subscription: SubscriptionRef): string =>
  `progress#${subscriptionKey(subscription)}`;
export const dueSortKey = (id: string): string => `${DUE_PREFIX}${id}`;
export const dueUntilSortKey = (timePart: string): string => `${DUE_PREFIX}${timePart}${LAST}`;
export const cursorSortKey = (partition: number): string =>
  `${CURSOR_PREFIX}${String(partition).padStart(3, "0")}`;
const asideSortKey = ({ partition, base }: SetAside): string =>
  `${ASIDE_PREFIX}${String(partition).padStart(3, "0")}#${String(base).padStart(16, "0")}`;

const isNumber = (value: unknown): value is number => Number.isFinite(value);

/**
 * The fields in order: from, length, from - slotBase, attempt, publishedAt, firstReceivedAt, the span's own deadline,
 * whether it was sent back, the index of its error in the record's list, its own expiry, how many attempts it was
 * charged with, with how many it may be handed out, whether it was rejected, the index of what replaces its content in
 * the record's list, from when it may be handed out behind its key, which key of a lease of several it is of, until
 * when a dead letter is there for which it stands. This takes a fifth of what names would take. A missing field is
 * null, and left out at the end.
 */
function spanNumbers(span: Span, { errors, mended }: Lists): readonly (number | null)[] {
  const { from, to, slotBase, attempt, publishedAtMs } = span;
  const { firstReceivedAtMs, dueMs, isReturned, lastError, expiresAtMs, charged } = span;
  const { together, isRejected, parkedUntilMs, keyAt, heldUntilMs } = span;
  const numbers = [
    ...[from, to - from, from - slotBase, attempt, publishedAtMs],
    ...[firstReceivedAtMs ?? null, dueMs ?? null, isReturned ? 1 : null],
    lastError === undefined ? null : errors.indexOf(lastError),
    ...[expiresAtMs ?? null, charged ?? null, together ?? null, isRejected ? 1 : null],
    span.mended === undefined ? null : mended.indexOf(span.mended),
    ...[parkedUntilMs ?? null, keyAt ?? null, heldUntilMs ?? null],
  ];
  while (numbers.at(-1) === null) numbers.pop();
  return numbers;
}

/** Texts that a record holds once, and its spans by their index. */
interface Lists {
  readonly errors: readonly string[];
  readonly mended: readonly string[];
}

const isNumberOrNull = (value: unknown): value is number | null => value === null || isNumber(value);

function spanOf(numbers: unknown, { errors, mended }: Lists): Span | undefined {
  if (!Array.isArray(numbers) || numbers.length < 5 || !numbers.every(isNumberOrNull)) return undefined;
  if (!numbers.slice(0, 5).every(isNumber)) return undefined;
  const [from, length, back, attempt, publishedAtMs, ...rest] = numbers as [
    ...[number, number, number, number, number],
    ...(number | null)[],
  ];
  const [first, dueMs, returned, error, expires, charged, together, rejected, mend, ...keys] = rest;
  const [parked, keyAt, held] = keys;
  const lastError = typeof error === "number" ? errors[error] : undefined;
  const name = typeof mend === "number" ? mended[mend] : undefined;
  // Without its name the message would be delivered as it was published.
  if (typeof mend === "number" && name === undefined) return undefined;
  return {
    ...{ from, to: from + length, slotBase: from - back, attempt, publishedAtMs },
    ...(typeof first === "number" ? { firstReceivedAtMs: first } : {}),
    ...(typeof dueMs === "number" ? { dueMs } : {}),
    ...(returned === 1 ? { isReturned: true } : {}),
    ...(lastError === undefined ? {} : { lastError }),
    ...(typeof expires === "number" ? { expiresAtMs: expires } : {}),
    ...(typeof charged === "number" ? { charged } : {}),
    ...(typeof together === "number" ? { together } : {}),
    ...(rejected === 1 ? { isRejected: true } : {}),
    ...(name === undefined ? {} : { mended: name }),
    ...(typeof parked === "number" ? { parkedUntilMs: parked } : {}),
    ...(typeof keyAt === "number" ? { keyAt } : {}),
    ...(typeof held === "number" ? { heldUntilMs: held } : {}),
  };
}

function spansOf(text: unknown, lists: Lists): Span[] | undefined {
  try {
    const spans: unknown = JSON.parse(String(text));
    if (!Array.isArray(spans)) return undefined;
    const read = spans.map((numbers) => spanOf(numbers, lists)).filter((span) => span !== undefined);
    return read.length === spans.length ? read : undefined;
  } catch {
    return undefined;
  }
}

/** `done` is a number set, so that concurrent acknowledgements commute. */
function dueAttributes(due: Due): Record<string, unknown> {
  const errors = errorsIn(due.spans);
  const mended = due.spans.flatMap((span) => span.mended ?? []);
  const failures = failuresText(due.spans, errors);
  return {
    k: KINDS[due.kind],
    p: due.partition,
    e: due.epoch,
    s: JSON.stringify(due.spans.map((span) => spanNumbers(span, { errors, mended }))),
    v: due.version,
    d: due.dueMs,
    ...(due.done.length > 0 ? { done: new Set(due.done) } : {}),
    ...(errors.length > 0 ? { er: errors } : {}),
    ...(failures === undefined ? {} : { fl: failures }),
    ...(mended.length > 0 ? { md: mended } : {}),
    ...(due.kind === "lease" && due.isMarked ? { m: true } : {}),
    ...(due.kind === "lease" && due.consumer ? { co: consumerAttribute(due.consumer) } : {}),
    ...(due.kind === "lease" && due.beside !== undefined ? { b: due.beside } : {}),
    ...(due.kind === "hint" ? { l: due.leaseId } : {}),
  };
}

const consumerAttribute = ({ name, principal, address, lane }: LeaseConsumer) => ({
  ...(name === undefined ? {} : { n: name }),
  ...(principal === undefined ? {} : { p: principal }),
  ...(address === undefined ? {} : { a: address }),
  ...(lane === undefined ? {} : { l: lane }),
});

function consumerOf(value: unknown): { readonly consumer?: LeaseConsumer } {
  if (typeof value !== "object" || value === null) return {};
  const { n, p, a, l } = value as Record<string, unknown>;
  const consumer = {
    ...(typeof n === "string" ? { name: n } : {}),
    ...(typeof p === "string" ? { principal: p } : {}),
    ...(typeof a === "string" ? { address: a } : {}),
    ...(isNumber(l) ? { lane: l } : {}),
  };
  return Object.keys(consumer).length > 0 ? { consumer } : {};
}

const KINDS = { lease: "l", retry: "r", hint: "h" } as const;

/**
 * `writer` is the id of this write. If its response is lost, the writer recognizes its own item by it. Who has a lease
 * is left out where it would cost another unit.
 */
export function dueItem(pk: string, due: Due, writer: string) {
  const { co, ...attributes } = dueAttributes(due);
  const item = {
    pk,
    sk: dueSortKey(due.id),
    f: formatOf(due.spans),
    ...attributes,
    w: writer,
  };
  if (co === undefined) return item;
  const whole = { ...item, co };
  return writeUnits(whole) > writeUnits(item) ? item : whole;
}

function formatOf(spans: readonly Span[]): number {
  if (spans.some(isHold)) return FORMAT_WITH_HOLD;
  return spans.some(({ mended }) => mended !== undefined) ? FORMAT_WITH_MENDED : FORMAT;
}

const writeUnits = (item: object): number => Math.ceil(itemBytes(item) / WRITE_UNIT_BYTES);

/**
 * undefined for a damaged item: its messages cannot be handed out, but its neighbours are not held up.
 * @throws {StoredFormatTooNew}
 */
export function dueOf(item: Record<string, unknown>): Due | undefined {
  const { sk, k, p, e, s, v, d, done, er, fl, md, m, l, co, b } = readable(item);
  const texts = (list: unknown): string[] => (Array.isArray(list) ? list.map(String) : []);
  const errors = texts(er);
  const known = spansOf(s, { errors, mended: texts(md) });
  const spans = known && withFailuresOf(known, fl, errors);
  if (!spans || !isNumber(p) || !isNumber(e) || !isNumber(v) || !isNumber(d)) return undefined;
  const held = {
    id: String(sk).slice(DUE_PREFIX.length),
    partition: p,
    epoch: e,
    spans,
    done: done instanceof Set ? [...(done as Set<number>)] : [],
    version: v,
    dueMs: d,
  };
  if (k === KINDS.lease)
    return {
      kind: "lease",
      ...held,
      ...(m === true ? { isMarked: true } : {}),
      ...consumerOf(co),
      ...(isNumber(b) ? { beside: b } : {}),
    };
  if (k === KINDS.hint && typeof l === "string") return { kind: "hint", ...held, leaseId: l };
  return k === KINDS.retry ? { kind: "retry", ...held } : undefined;
}

/** The attribute of a lease in its cursor's item. */
const INNER_PREFIX = "l#";
export const innerName = (leaseId: string): string => `${INNER_PREFIX}${leaseId}`;
export const innerValue = (lease: Lease): Record<string, unknown> => dueAttributes(lease);

/** Damaged ones are left out, as they are among the records: nobody can hand out what they held. */
function innerOf(item: Record<string, unknown>): readonly Lease[] {
  return Object.entries(item).flatMap(([name, value]) => {
    if (!name.startsWith(INNER_PREFIX) || typeof value !== "object") return [];
    const sk = dueSortKey(name.slice(INNER_PREFIX.length));
    const lease = dueOf({ ...(value as Record<string, unknown>), sk });
    return lease?.kind === "lease" ? [{ ...lease, isInner: true as const }] : [];
  });
}

export const cursorAttributes = (cursor: Cursor): Record<string, unknown> => ({
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

/** undefined for a damaged item. @throws {StoredFormatTooNew} */
export const asideOf = (item: Record<string, unknown>): SetAside | undefined =>
  readable(item).aside as SetAside | undefined;

/**
 * @throws {StorageUnavailable} for a damaged cursor: a guessed head would lose messages.
 * @throws {StoredFormatTooNew}
 */
export function cursorOf(item: Record<string, unknown>): Cursor {
  const { pk, sk, h, b, e, v, o } = readable(item);
  if (!isNumber(h) || !isNumber(b) || !isNumber(e) || !isNumber(v))
    throw new StorageUnavailable(`reading the damaged cursor ${String(pk)} ${String(sk)}`);
  const open = Array.isArray(o) ? { open: o.map(String) } : {};
  const inner = innerOf(item);
  return {
    ...{ head: h, slotBase: b, epoch: e, version: v },
    ...open,
    ...(inner.length > 0 ? { inner } : {}),
  };
}
