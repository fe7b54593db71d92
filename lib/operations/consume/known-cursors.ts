import { type Cursor, isVoid } from "../../domain/progress/records.js";
import { type Subscription, subscriptionKey } from "../../domain/subscription.js";
import type { Engine } from "../engine.js";
import type { ConsumerMemory } from "../caches.js";

/** The age up to which a remembered cursor is tried without reading it again. A stale one costs only a lost race. */
export const CURSORS_CACHE_MS = 5_000;

/** What this process remembers about a subscription, with cursors that are not older than `maxAgeMs`. */
export async function consumerMemory(
  engine: Engine,
  subscription: Subscription,
  maxAgeMs = CURSORS_CACHE_MS,
): Promise<ConsumerMemory> {
  const { caches, clock, progress } = engine;
  const key = subscriptionKey(subscription);
  const nowMs = clock.nowMs();
  const known = caches.consumers.get(key);
  const isFresh = known && nowMs - known.cursorsReadAtMs < maxAgeMs && nowMs >= known.cursorsReadAtMs;
  if (isFresh && ![...known.cursors.values()].some((cursor) => isVoid(cursor, subscription))) return known;
  const stored = await progress.cursors(subscription);
  const reader = known ?? {
    partition: 0,
    stayed: 0,
    cursors: new Map<number, Cursor>(),
    cursorsReadAtMs: nowMs,
    // Random, so that many processes that live for one receive each are fair on average.
    isDueFirst: engine.random.below(2) === 0,
    nothingDueAtMs: undefined,
    losses: 0,
    slotCount: undefined,
    matching: 1,
    hasBacklog: false,
    ahead: undefined,
    gone: new Map<number, ReadonlySet<string>>(),
    waiting: new Set<number>(),
  };
  reader.cursors.clear();
  for (const [partition, cursor] of stored)
    reader.cursors.set(partition, cursorIn(subscription, partition, cursor));
  reader.cursorsReadAtMs = nowMs;
  caches.consumers.set(key, reader);
  return reader;
}

/**
 * The place from which a partition is read: its stored cursor, or the subscription's starting place if the cursor was
 * not moved since the last seek. In that case the version is still the stored cursor's, which the next move compares.
 */
export function cursorIn(subscription: Subscription, partition: number, stored: Cursor | undefined): Cursor {
  if (stored && !isVoid(stored, subscription)) return stored;
  const { head, slotBase } = subscription.startingPlaces[partition] ?? { head: 0, slotBase: 0 };
  // Its leases are void, and the next move drops them.
  const inner = stored?.inner ? { inner: stored.inner } : {};
  return { head, slotBase, epoch: subscription.epoch, version: stored?.version ?? 0, ...inner };
}
