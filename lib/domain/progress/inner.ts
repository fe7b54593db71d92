import { type Cursor, type Due, type LeaseConsumer, type Lease, type Move, isVoid } from "./records.js";

/** Leases that are kept in their cursor's own item (docs/decisions/0019-a-lease-in-its-cursor.md). */
const INNER_AT_MOST = 4;
/** Leases that come with one move share its write, so there may be more of them (decision 20). */
const SHARED_AT_MOST = 8;
/**
 * What they may take, by the size of an item's parts: then the item takes two write units. A lease in an item of its
 * own would take five. Behind a filter each message may be a span of its own.
 */
const LEASES_BYTES = 1_960;
const LEASE_BYTES = 80;
const SPAN_BYTES = 55;
/** Its name, and a number. */
const BESIDE_BYTES = 6;

/** The partition in whose cursor a lease with this id began, by its id; undefined if it never was in one. */
export function bornIn(leaseId: string): number | undefined {
  const match = /^\d+-c(\d{3})-/.exec(leaseId);
  return match ? Number(match[1]) : undefined;
}

const innerId = (partition: number, id: string): string =>
  id.replace("-", `-c${String(partition).padStart(3, "0")}-`);

export const isInner = (record: Due): record is Lease & { readonly isInner: true } =>
  record.kind === "lease" && record.isInner === true;

/** The leases of a cursor that no seek has voided. */
export const liveInner = ({ inner = [], epoch }: Cursor): readonly Lease[] =>
  inner.filter((lease) => !isVoid(lease, { epoch }));

/** The ids of the others, which the cursor's next move drops. */
export const voidInner = ({ inner = [], epoch }: Cursor): readonly string[] =>
  inner.flatMap((lease) => (isVoid(lease, { epoch }) ? [lease.id] : []));

/** The cursor once these leases of it have ended; undefined if one is not in it, or void. */
export function endedIn(cursor: Cursor, leaseIds: readonly string[]): Cursor | undefined {
  if (leaseIds.length === 0) return cursor;
  const live = new Set(liveInner(cursor).map(({ id }) => id));
  if (!leaseIds.every((id) => live.has(id))) return undefined;
  return { ...cursor, inner: (cursor.inner ?? []).filter(({ id }) => !leaseIds.includes(id)) };
}

/** How many leases that come with one move the cursor has room for. */
export const roomForShared = (cursor: Cursor): number =>
  Math.max(0, SHARED_AT_MOST - liveInner(cursor).length);

/**
 * The leases of a move as its cursor keeps them, if the move does nothing else and the cursor has room. `cursor`: as it
 * was before the move.
 */
export function inCursor(
  cursor: Cursor,
  { put = [], remove = [], setAside = [], expired = 0 }: Move,
  leases: readonly Lease[],
): readonly Lease[] | undefined {
  const isAlone = put.length === leases.length && remove.length + setAside.length + expired === 0;
  const limit = leases.length > 1 ? SHARED_AT_MOST : INNER_AT_MOST;
  const all = [...liveInner(cursor), ...leases];
  const bytes = all.reduce((sum, { spans, beside }) => {
    return sum + LEASE_BYTES + spans.length * SPAN_BYTES + (beside === undefined ? 0 : BESIDE_BYTES);
  }, 0);
  if (!isAlone || all.length > limit || bytes > LEASES_BYTES) return undefined;
  const held = all.reduce((sum, { consumer }) => sum + consumerBytes(consumer), 0);
  return leases.map(({ consumer, ...lease }) => ({
    ...lease,
    id: innerId(lease.partition, lease.id),
    isInner: true,
    // Who has them is told where it costs nothing.
    ...(consumer && bytes + held <= LEASES_BYTES ? { consumer } : {}),
  }));
}

const CONSUMER_BYTES = 16;

const consumerBytes = (consumer: LeaseConsumer | undefined): number =>
  consumer === undefined
    ? 0
    : Object.values(consumer).reduce<number>(
        (sum, one: string | number) => sum + Buffer.byteLength(String(one)),
        CONSUMER_BYTES,
      );

/**
 * In its cursor a lease can only be extended, and end. If the move changes it in another way, it gets an item of its
 * own, under the same id, so that its receipts stay valid.
 */
export function movedOut(move: Move): Move {
  const changed = (move.put ?? []).filter(isInner);
  if (changed.length === 0) return move;
  const put = (move.put ?? []).map((record): Due => {
    if (!isInner(record)) return record;
    const { isInner: _, ...outer } = record;
    return { ...outer, version: 1 };
  });
  const remove = changed.map((lease) => ({ ...lease, version: lease.version - 1 }));
  return { ...move, put, remove: [...(move.remove ?? []), ...remove] };
}
