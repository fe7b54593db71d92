import type { Topic } from "../../domain/topic.js";
import type { Engine } from "../engine.js";
const PARTITIONS_CACHE_MS = 1_000;

/** The partitions that were ever written to. `anew`: reads them again, so that one that was just used is included. */
export async function partitionsInUse(
  { log, caches, clock }: Engine,
  topic: Topic,
  options: { anew?: boolean } = {},
): Promise<readonly number[]> {
  const nowMs = clock.nowMs();
  const known = caches.partitionsInUse.get(topic.uid);
  const isFresh = known && nowMs - known.atMs < PARTITIONS_CACHE_MS && nowMs >= known.atMs;
  if (isFresh && !options.anew) return known.value;
  const value = await log.partitionsInUse(topic);
  caches.partitionsInUse.set(topic.uid, { value, atMs: nowMs });
  return value;
}
