import type { Cursor } from "../domain/progress.js";
import { type Subscription, subscriptionKey } from "../domain/subscription.js";
import type { Topic } from "../domain/topic.js";
import type { Instance } from "./instance.js";
import type { ReaderState } from "./local-state.js";

/** How old a cursor may be that is tried without a look: a stale one costs a lost race, no more. */
const CURSORS_CACHE_MS = 5_000;
const PARTITIONS_CACHE_MS = 1_000;

/** What this process remembers of a subscription, with cursors that are not too old. */
export async function readerOf(instance: Instance, subscription: Subscription): Promise<ReaderState> {
  const { local, clock, progress } = instance;
  const key = subscriptionKey(subscription);
  const nowMs = clock.nowMs();
  const known = local.readers.get(key);
  if (known && nowMs - known.cursorsReadAtMs < CURSORS_CACHE_MS && nowMs >= known.cursorsReadAtMs)
    return known;
  const stored = await progress.cursors(subscription);
  const reader = known ?? {
    partition: 0,
    stayed: 0,
    cursors: new Map<number, Cursor>(),
    cursorsReadAtMs: nowMs,
    losses: 0,
    slotCount: 1,
  };
  reader.cursors.clear();
  for (const [partition, cursor] of stored) reader.cursors.set(partition, cursor);
  reader.cursorsReadAtMs = nowMs;
  local.readers.set(key, reader);
  return reader;
}

/** Where a partition is read from before its cursor was ever moved. */
export function initialCursor(subscription: Subscription, partition: number): Cursor {
  const start = subscription.startHeads[partition] ?? { head: 0, slotBase: 0 };
  return { ...start, epoch: 0, version: 0 };
}

/** The partitions that hold, or held, something. `anew`: one that came into use this moment is among them. */
export async function partitionsInUse(
  { log, local, clock }: Instance,
  topic: Topic,
  options: { anew?: boolean } = {},
): Promise<readonly number[]> {
  const nowMs = clock.nowMs();
  const known = local.partitionsInUse.get(topic.uid);
  const isFresh = known && nowMs - known.atMs < PARTITIONS_CACHE_MS && nowMs >= known.atMs;
  if (isFresh && !options.anew) return known.value;
  const value = await log.partitionsInUse(topic);
  local.partitionsInUse.set(topic.uid, { value, atMs: nowMs });
  return value;
}
