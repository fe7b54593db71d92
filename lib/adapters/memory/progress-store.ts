import type { ProgressStore } from "../../domain/ports/progress-store.js";
import { type Due, type Move, openSpans, spanLength } from "../../domain/progress.js";
import { type SubscriptionRef, subscriptionKey } from "../../domain/subscription.js";
import { pageOf } from "./pages.js";
import { type MemoryStorage, type ProgressEntry, answered, copy } from "./storage.js";

const byId = (a: Due, b: Due): number => (a.id < b.id ? -1 : 1);

export function memoryProgressStore(storage: MemoryStorage): ProgressStore {
  const of = (subscription: SubscriptionRef): ProgressEntry => {
    const key = subscriptionKey(subscription);
    const entry = storage.progress.get(key) ?? { cursors: new Map(), due: new Map(), setAside: new Map() };
    storage.progress.set(key, entry);
    return entry;
  };
  const leaseOf = (subscription: SubscriptionRef, id: string) => {
    const due = of(subscription).due.get(id);
    return due?.kind === "lease" ? due : undefined;
  };
  return {
    cursors: async (subscription) => {
      await answered();
      return copy(of(subscription).cursors);
    },
    cursor: async (subscription, partition) => {
      await answered();
      return copy(of(subscription).cursors.get(partition));
    },
    due: async (subscription, nowMs, limit) => {
      await answered();
      const due = [...of(subscription).due.values()].filter(({ dueMs }) => dueMs <= nowMs).sort(byId);
      return copy(due.slice(0, limit));
    },
    nextDueMs: async (subscription) => {
      await answered();
      const times = [...of(subscription).due.values()].map(({ dueMs }) => dueMs);
      return times.length > 0 ? Math.min(...times) : undefined;
    },
    get: async (subscription, id) => {
      await answered();
      return copy(of(subscription).due.get(id));
    },
    move: async (subscription, move) => {
      await answered();
      const entry = of(subscription);
      if (!holds(entry, move)) return "conflict";
      apply(entry, copy(move));
      return "moved";
    },
    finish: async (subscription, leaseId) => {
      await answered();
      if (!leaseOf(subscription, leaseId)) return "gone";
      of(subscription).due.delete(leaseId);
      return "done";
    },
    acknowledge: async (subscription, leaseId, offsets) => {
      await answered();
      const lease = leaseOf(subscription, leaseId);
      if (!lease) return "gone";
      const next = { ...lease, done: [...new Set([...lease.done, ...offsets])], version: lease.version + 1 };
      of(subscription).due.set(leaseId, next);
      return copy(next);
    },
    extend: async (subscription, leaseId, dueMs) => {
      await answered();
      const lease = leaseOf(subscription, leaseId);
      if (!lease) return "gone";
      const next = { ...lease, dueMs: Math.max(lease.dueMs, dueMs), version: lease.version + 1 };
      of(subscription).due.set(leaseId, next);
      return "done";
    },
    totals: async (subscription) => {
      await answered();
      const all = [...of(subscription).due.values()];
      const sum = (kind: Due["kind"]) =>
        all.filter((due) => due.kind === kind).reduce((count, due) => count + spanLength(openSpans(due)), 0);
      const oldest = all.flatMap(openSpans).map(({ publishedAtMs }) => publishedAtMs);
      const age = oldest.length > 0 ? { oldestPublishedAtMs: Math.min(...oldest) } : {};
      return { inFlight: sum("lease"), retrying: sum("retry"), capped: false, ...age };
    },
    setAside: async (subscription, page) => {
      await answered();
      return copy(pageOf([...of(subscription).setAside], page));
    },
    purge: async (subscription, limit) => {
      await answered();
      const { cursors, due, setAside } = of(subscription);
      const items: [Map<never, unknown>, unknown][] = [cursors, due, setAside].flatMap((map) =>
        [...map.keys()].map((key): [Map<never, unknown>, unknown] => [map as Map<never, unknown>, key]),
      );
      for (const [map, key] of items.slice(0, limit)) map.delete(key as never);
      return items.length <= limit;
    },
  };
}

function holds({ cursors, due }: ProgressEntry, { cursor, remove = [], put = [] }: Move): boolean {
  if (cursor && (cursors.get(cursor.partition)?.version ?? 0) !== cursor.next.version - 1) return false;
  if (remove.some(({ id, version }) => due.get(id)?.version !== version)) return false;
  return put.every(({ id, version }) => version === 1 || due.get(id)?.version === version - 1);
}

function apply({ cursors, due, setAside }: ProgressEntry, move: Move): void {
  if (move.cursor) cursors.set(move.cursor.partition, move.cursor.next);
  for (const { id } of move.remove ?? []) due.delete(id);
  for (const record of move.put ?? []) due.set(record.id, record);
  for (const slot of move.setAside ?? []) setAside.set(`${slot.partition}#${slot.base}`, slot);
}
