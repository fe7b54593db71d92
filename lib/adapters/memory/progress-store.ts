import type { Finished, ProgressStore, RecordPage } from "../../domain/ports/progress-store.js";
import { type DueLook, DueLooking } from "../../domain/progress/due-look.js";
import { bornIn, isInner } from "../../domain/progress/inner.js";
import {
  type Cursor,
  type CursorMove,
  type Due,
  type Lease,
  type Move,
  type SetAside,
  isVoid,
} from "../../domain/progress/records.js";
import { type SubscriptionRef, subscriptionKey } from "../../domain/subscription.js";
import { applyLetters, holdsLetters } from "./dead-letter-store.js";
import { pageOf } from "./pages.js";
import { applyJob, holdsJob } from "./redrive-jobs.js";
import type { SortedMap } from "./sorted-map.js";
import { type MemoryStorage, ProgressEntry, answered, copy } from "./storage.js";
import { ALL_LIVES, Counting, type Living, type ProgressTotals } from "../../domain/progress/totals.js";

export function memoryProgressStore(storage: MemoryStorage): ProgressStore {
  return { ...reads(storage), ...leaseChanges(storage), ...moves(storage) };
}

const entryOf = ({ progress }: MemoryStorage, subscription: SubscriptionRef): ProgressEntry =>
  progress.get(subscriptionKey(subscription)) ?? new ProgressEntry();

type Reads = Pick<
  ProgressStore,
  "cursors" | "standing" | "cursor" | "due" | "nextDueMs" | "records" | "get" | "totals" | "setAside"
>;

/** A record in its cursor, or by itself. */
function recordIn({ cursors, due }: ProgressEntry, id: string): Due | undefined {
  const partition = bornIn(id);
  const inner = partition === undefined ? undefined : cursors.get(partition)?.inner;
  return inner?.find((lease) => lease.id === id) ?? due.get(id);
}

const reads = (storage: MemoryStorage): Reads => ({
  cursors: async (subscription) => {
    await answered();
    return copy(entryOf(storage, subscription).cursors);
  },
  standing: async (subscription) => {
    await answered();
    const { cursors, due } = entryOf(storage, subscription);
    return { cursors: copy(cursors), hasRecords: due.size > 0 };
  },
  cursor: async (subscription, partition) => {
    await answered();
    return copy(entryOf(storage, subscription).cursors.get(partition));
  },
  due: async (subscription, nowMs, limit, after) => {
    await answered();
    return copy(dueIn(entryOf(storage, subscription), nowMs, limit, after));
  },
  nextDueMs: async (subscription) => {
    await answered();
    return nextDueMs(entryOf(storage, subscription));
  },
  records: async (subscription, page) => {
    await answered();
    return copy(recordPage(entryOf(storage, subscription), page));
  },
  get: async (subscription, id) => {
    await answered();
    return copy(recordIn(entryOf(storage, subscription), id));
  },
  totals: async (subscription, epoch, living = ALL_LIVES) => {
    await answered();
    return totalsOf(entryOf(storage, subscription), epoch, living);
  },
  setAside: async (subscription, page) => {
    await answered();
    return pageOf(entryOf(storage, subscription).setAside, copy, page);
  },
});

type LeaseChanges = Pick<ProgressStore, "finish" | "finishTogether" | "acknowledge" | "extend">;

function finished(entry: ProgressEntry, leaseId: string): Finished {
  const lease = recordIn(entry, leaseId);
  if (lease?.kind !== "lease") return "gone";
  if (lease.isMarked) return "kept";
  take(entry, lease);
  return "done";
}

function leaseChanges(storage: MemoryStorage): LeaseChanges {
  const leaseOf = (subscription: SubscriptionRef, id: string): Lease | undefined => {
    const record = entryOf(storage, subscription).due.get(id);
    return record?.kind === "lease" ? record : undefined;
  };
  const changed = (subscription: SubscriptionRef, lease: Lease, changes: Partial<Lease>): Lease => {
    const next = { ...lease, ...changes, version: lease.version + 1 };
    storage.limits.assertLeaseFits(subscription, next);
    entryOf(storage, subscription).due.set(lease.id, next);
    return next;
  };
  return {
    finish: async (subscription, leaseId) => {
      await answered();
      return finished(entryOf(storage, subscription), leaseId);
    },
    finishTogether: async (subscription, leaseIds) => {
      await answered();
      const entry = entryOf(storage, subscription);
      return leaseIds.map((id) => finished(entry, id));
    },
    acknowledge: async (subscription, leaseId, offsets) => {
      await answered();
      const lease = leaseOf(subscription, leaseId);
      if (!lease) return "gone";
      if (offsets.length === 0) return copy(lease);
      return copy(changed(subscription, lease, { done: [...new Set([...lease.done, ...offsets])] }));
    },
    extend: async (subscription, leaseId, dueMs) => {
      await answered();
      const entry = entryOf(storage, subscription);
      const lease = recordIn(entry, leaseId);
      if (lease?.kind !== "lease") return "gone";
      if (lease.isMarked || lease.done.length > 0 || dueMs < lease.dueMs) return "kept";
      if (isInner(lease)) replaceInner(entry, { ...lease, dueMs, version: lease.version + 1 });
      else changed(subscription, lease, { dueMs });
      return "done";
    },
  };
}

const moves = (storage: MemoryStorage): Pick<ProgressStore, "move" | "advance" | "purge"> => ({
  move: async (subscription, move) => {
    await answered();
    storage.limits.assertMoveFits(subscription, move);
    const entry = entryOf(storage, subscription);
    if (!holds(entry, move)) return "conflict";
    storage.progress.set(subscriptionKey(subscription), entry);
    apply(entry, copy(move));
    return "moved";
  },
  advance: async (subscription, cursor, leases, ended = []) => {
    await answered();
    const entry = entryOf(storage, subscription);
    const stored = entry.cursors.get(cursor.partition);
    const inner = innerOf(entry, cursor.partition);
    if (inner.some(({ id }) => leases.some((lease) => lease.id === id))) return copy(stored as Cursor);
    const ending = inner.filter(({ id }) => ended.includes(id));
    if (ending.length < ended.length || !holds(entry, { cursor })) return "conflict";
    storage.progress.set(subscriptionKey(subscription), entry);
    for (const lease of ending) take(entry, lease);
    moveCursor(entry, copy(cursor), copy(leases));
    return copy(entry.cursors.get(cursor.partition) as Cursor);
  },
  purge: async (subscription, limit) => {
    await answered();
    return purge(storage, subscription, limit);
  },
});

/** When the record was first due: its id begins with it, and its deadline is never earlier. */
const firstDueMs = (id: string): number => Number(id.split("-", 1)[0]);

/** A lease that was extended since then keeps its place, and is skipped. */
function dueIn({ due }: ProgressEntry, nowMs: number, limit: number, after?: string): DueLook {
  const looking = new DueLooking(nowMs, limit);
  for (const [id, one] of due.entries(after)) {
    if (firstDueMs(id) > nowMs || looking.isFull) break;
    looking.add(one);
  }
  return looking.look();
}

function recordPage(
  { due }: ProgressEntry,
  { limit, after }: { readonly limit: number; readonly after?: string },
): RecordPage {
  const records: Due[] = [];
  for (const [, record] of due.entries(after)) {
    const lastId = records.at(-1)?.id;
    if (records.length === limit && lastId !== undefined) return { records, lastId };
    records.push(record);
  }
  return { records };
}

function nextDueMs({ due }: ProgressEntry): number | undefined {
  let soonestMs: number | undefined;
  for (const [id, { dueMs }] of due.entries()) {
    if (soonestMs !== undefined && firstDueMs(id) >= soonestMs) break;
    soonestMs = Math.min(soonestMs ?? Infinity, dueMs);
  }
  return soonestMs;
}

const innerOf = ({ cursors }: ProgressEntry, partition: number): readonly Lease[] =>
  cursors.get(partition)?.inner ?? [];

function setInner(
  { cursors }: ProgressEntry,
  partition: number,
  cursor: Cursor,
  leases: readonly Lease[],
): void {
  const { inner: _, ...rest } = cursor;
  cursors.set(partition, leases.length > 0 ? { ...rest, inner: leases } : rest);
}

/** Moves a cursor, with the leases in it but for those to drop. */
function moveCursor(
  entry: ProgressEntry,
  { partition, next, drop = [] }: CursorMove,
  leases: readonly Lease[] = [],
): void {
  const stays = innerOf(entry, partition).filter(({ id }) => !drop.includes(id));
  setInner(entry, partition, next, [...stays, ...leases]);
}

function replaceInner(entry: ProgressEntry, lease: Lease): void {
  const cursor = entry.cursors.get(lease.partition);
  const leases = innerOf(entry, lease.partition).map((one) => (one.id === lease.id ? lease : one));
  if (cursor) setInner(entry, lease.partition, cursor, leases);
}

/** Takes a record away, where it is kept. */
function take(entry: ProgressEntry, record: Due): void {
  const { id, partition } = record;
  const cursor = entry.cursors.get(partition);
  if (!isInner(record) || !cursor) return void entry.due.delete(id);
  const rest = innerOf(entry, partition).filter((lease) => lease.id !== id);
  setInner(entry, partition, cursor, rest);
}

const isThere = (entry: ProgressEntry, record: Due): boolean => {
  const stored = isInner(record)
    ? innerOf(entry, record.partition).find(({ id }) => id === record.id)
    : entry.due.get(record.id);
  return stored?.version === record.version;
};

function holds(entry: ProgressEntry, move: Move): boolean {
  const { cursor, remove = [], put = [] } = move;
  const { cursors, due } = entry;
  if (cursor && (cursors.get(cursor.partition)?.version ?? 0) !== cursor.next.version - 1) return false;
  if (remove.some((record) => !isThere(entry, record))) return false;
  if (!holdsLetters(entry, move) || !holdsJob(entry, move)) return false;
  return put.every(({ id, version }) => (due.get(id)?.version ?? 0) === version - 1);
}

const asideKey = ({ partition, base }: SetAside): string =>
  `${String(partition).padStart(3, "0")}#${String(base).padStart(16, "0")}`;

function apply(entry: ProgressEntry, move: Move): void {
  const { due, setAside } = entry;
  entry.expired += move.expired ?? 0;
  if (move.cursor) moveCursor(entry, move.cursor);
  for (const record of move.remove ?? []) take(entry, record);
  for (const record of move.put ?? []) due.set(record.id, record);
  for (const slot of move.setAside ?? []) setAside.set(asideKey(slot), slot);
  applyLetters(entry, move);
  applyJob(entry, move);
}

function totalsOf(entry: ProgressEntry, epoch: number, living: Living): ProgressTotals {
  const { expired, setAside } = entry;
  const counting = new Counting(living);
  for (const record of entry.records()) if (!isVoid(record, { epoch })) counting.add(record);
  return counting.totals({ expired, setAside: setAside.size, capped: false });
}

function purge(storage: MemoryStorage, subscription: SubscriptionRef, limit: number): boolean {
  const key = subscriptionKey(subscription);
  const entry = storage.progress.get(key) ?? new ProgressEntry();
  const { cursors, due, setAside, letters, listedLetters, letterCounts, mended, acts } = entry;
  let left = limit;
  const sorted: SortedMap<unknown>[] = [
    due,
    setAside,
    letters,
    listedLetters,
    entry.jobs,
    entry.replays,
    acts,
  ];
  for (const map of sorted) for (const id of map.firstKeys(left)) if (map.delete(id)) left--;
  for (const partition of [...cursors.keys()].slice(0, left)) if (cursors.delete(partition)) left--;
  for (const time of [...letterCounts.keys()].slice(0, left)) letterCounts.delete(time);
  for (const name of [...mended.keys()].slice(0, left)) mended.delete(name);
  const isOver = [cursors, letterCounts, mended, ...sorted].every(({ size }) => size === 0);
  if (isOver) storage.progress.delete(key);
  return isOver;
}
