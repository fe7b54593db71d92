import { partitionKey } from "../../../lib/domain/topic.js";
import type { Deployment } from "../deployment.js";

const LOOK_EVERY_MS = 300_000;
const EXPIRED_SINCE_MS = 60_000;
/** The bucket's own rule comes later than the table's: nobody points to the segment any more. */
const LIFECYCLE_MS = 3_600_000;

/** The store's own deletion of what has expired: in any order, and as late as it likes. */
export function timeToLive(deployment: Deployment, phase: { readonly isOver: boolean }): void {
  const { world, storage, rates } = deployment;
  const rate = Math.max(rates.ttl, rates.ttlLate);
  if (rate === 0) return;
  const look = (): void => {
    if (phase.isOver) return;
    for (const log of deployment.monitor.log.partitions.values()) {
      const expired = (storage.logs.get(partitionKey(log.ref)) ?? []).filter(
        (slot) => slot.expiresAtMs < world.nowMs - EXPIRED_SINCE_MS,
      );
      for (const { base, content } of expired) {
        if (!world.chance(rate) || !storage.removeSlot(log.ref, base)) continue;
        if (content.kind === "segment") world.after(LIFECYCLE_MS, () => storage.segments.delete(content.key));
        world.count(rates.ttl > 0 ? "ttl" : "ttl-late");
        world.note("TTL", `removed slot ${base} of partition ${log.ref.partition}`);
      }
    }
    world.after(LOOK_EVERY_MS, look);
  };
  world.after(LOOK_EVERY_MS, look);
}
