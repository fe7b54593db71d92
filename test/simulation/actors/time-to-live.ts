import type { Deployment } from "../deployment.js";

const LOOK_EVERY_MS = 300_000;

/** The store's own deletion of what has expired: in any order, and as late as it likes. */
export function timeToLive(deployment: Deployment, phase: { readonly isOver: boolean }): void {
  const { world, storage, rates } = deployment;
  if (rates.ttl === 0) return;
  const look = (): void => {
    if (phase.isOver) return;
    for (const log of deployment.monitor.log.partitions.values()) {
      const key = log.ref;
      const expired = [...storage.logs.values()]
        .flat()
        .filter((slot) => slot.expiresAtMs < world.nowMs - 60_000);
      for (const { base } of expired) {
        if (world.chance(rates.ttl) && storage.removeSlot(key, base)) {
          world.count("ttl");
          world.note("TTL", `removed slot ${base} of partition ${key.partition}`);
        }
      }
    }
    world.after(LOOK_EVERY_MS, look);
  };
  world.after(LOOK_EVERY_MS, look);
}
