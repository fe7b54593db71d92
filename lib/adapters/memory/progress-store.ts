import type { ProgressStore } from "../../domain/ports/progress-store.js";
import { type DueLook, DueLooking } from "../../domain/progress/due-look.js";
import { type Lease, type Move, type SetAside, isVoid } from "../../domain/progress/records.js";
import { type SubscriptionRef, subscriptionKey } from "../../domain/subscription.js";
import { pageOf } from "./pages.js";
import { type MemoryStorage, ProgressEntry, answered, copy } from "./storage.js";
import { ALL_LIVES, Counting, type Living, type ProgressTotals } from "../../domain/progress/totals.js";

export function memoryProgressStore(storage: MemoryStorage): ProgressStore {
  return { ...reads(storage), ...leaseChanges(storage), ...moves(storage) };
}

const entryOf = ({ progress }: MemoryStorage, subscription: SubscriptionRef): ProgressEntry =>
  progress.get(subscriptionKey(subscription)) ?? new ProgressEntry();

type Reads = Pick<
  ProgressStore,
  "cursors" | "standing" | "cursor" | "due" | "nextDueMs" | "get" | "totals" | "setAside"
>;

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
  get: async (subscription, id) => {
    await answered();
    return copy(entryOf(storage, subscription).due.get(id));
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

function leaseChanges(storage: MemoryStorage): Pick<ProgressStore, "finish" | "acknowledge" | "extend"> {
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
      const lease = leaseOf(subscription, leaseId);
      if (!lease) return "gone";
      if (lease.isMarked) return "kept";
      entryOf(storage, subscription).due.delete(leaseId);
      return "done";
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
      const lease = leaseOf(subscription, leaseId);
      if (!lease) return "gone";
      if (lease.isMarked || lease.done.length > 0 || dueMs < lease.dueMs) return "kept";
      changed(subscription, lease, { dueMs });
      return "done";
    },
  };
}

const moves = (storage: MemoryStorage): Pick<ProgressStore, "move" | "purge"> => ({
  move: async (subscription, move) => {
    await answered();
    storage.limits.assertMoveFits(subscription, move);
    const entry = entryOf(storage, subscription);
    if (!holds(entry, move)) return "conflict";
    storage.progress.set(subscriptionKey(subscription), entry);
    apply(entry, copy(move));
    return "moved";
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

function nextDueMs({ due }: ProgressEntry): number | undefined {
  let soonestMs: number | undefined;
  for (const [id, { dueMs }] of due.entries()) {
    if (soonestMs !== undefined && firstDueMs(id) >= soonestMs) break;
    soonestMs = Math.min(soonestMs ?? Infinity, dueMs);
  }
  return soonestMs;
}

function holds({ cursors, due }: ProgressEntry, { cursor, remove = [], put = [] }: Move): boolean {
  if (cursor && (cursors.get(cursor.partition)?.version ?? 0) !== cursor.next.version - 1) return false;
  if (remove.some(({ id, version }) => due.get(id)?.version !== version)) return false;
  return put.every(({ id, version }) => (due.get(id)?.version ?? 0) === version - 1);
}

const asideKey = ({ partition, base }: SetAside): string =>
  `${String(partition).padStart(3, "0")}#${String(base).padStart(16, "0")}`;

function apply(entry: ProgressEntry, move: Move): void {
  const { cursors, due, setAside } = entry;
  entry.expired += move.expired ?? 0;
  if (move.cursor) cursors.set(move.cursor.partition, move.cursor.next);
  for (const { id } of move.remove ?? []) due.delete(id);
  for (const record of move.put ?? []) due.set(record.id, record);
  for (const slot of move.setAside ?? []) setAside.set(asideKey(slot), slot);
}

function totalsOf({ due, expired, setAside }: ProgressEntry, epoch: number, living: Living): ProgressTotals {
  const counting = new Counting(living);
  for (const record of due.values()) if (!isVoid(record, { epoch })) counting.add(record);
  return counting.totals({ expired, setAside: setAside.size, capped: false });
}

function purge(storage: MemoryStorage, subscription: SubscriptionRef, limit: number): boolean {
  const key = subscriptionKey(subscription);
  const { cursors, due, setAside } = storage.progress.get(key) ?? new ProgressEntry();
  let left = limit;
  for (const map of [due, setAside]) for (const id of map.firstKeys(left)) if (map.delete(id)) left--;
  for (const partition of [...cursors.keys()].slice(0, left)) cursors.delete(partition);
  const isOver = cursors.size + due.size + setAside.size === 0;
  if (isOver) storage.progress.delete(key);
  return isOver;
}
