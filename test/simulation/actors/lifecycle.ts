import { UNUSED_UPLOAD_DAYS } from "../../../lib/domain/upload.js";
import type { Deployment } from "../deployment.js";

const DAY_MS = 86_400_000;
const LOOK_EVERY_MS = 600_000;
/** The bucket deletes when it comes to it: soon, or a few looks later. */
const COMES_TO_IT = 0.5;

/** The bucket's rules for what was uploaded: what is still unused after days goes, and what its class says is over. */
export function lifecycle(deployment: Deployment, phase: { readonly isOver: boolean }): void {
  const { world, storage, uploads } = deployment;
  const look = (): void => {
    if (phase.isOver) return;
    for (const [key, { putAtMs, endsAtMs }] of uploads.objects) {
      const isUnused = storage.uploads.get(key)?.isUsed === false;
      const isOver = isUnused && world.nowMs > putAtMs + UNUSED_UPLOAD_DAYS * DAY_MS;
      if (!storage.segments.has(key) || !(isOver || world.nowMs > endsAtMs)) continue;
      if (!world.chance(COMES_TO_IT)) continue;
      world.count(isOver ? "upload-unused" : "upload-expired");
      world.note("S3", `${key} is deleted as ${isOver ? "unused" : "its class says"}`);
      uploads.gone(key, isOver ? "it is unused" : "its class is over");
      storage.segments.delete(key);
    }
    world.after(LOOK_EVERY_MS, look);
  };
  world.after(LOOK_EVERY_MS, look);
}
