import type { Due } from "../../domain/progress/records.js";
import type { ConsumerMemory } from "../caches.js";
import type { Engine } from "../engine.js";

/**
 * For so long consumers believe a look that found nothing due. Retries wait for a second at least, so this delays them
 * by little.
 */
const BELIEVED_FOR_MS = 200;

/** Whether a look of a moment ago found nothing due. */
export function isNothingDue({ clock }: Engine, { nothingDueAtMs }: ConsumerMemory): boolean {
  if (nothingDueAtMs === undefined) return false;
  const ageMs = clock.nowMs() - nothingDueAtMs;
  return ageMs >= 0 && ageMs < BELIEVED_FOR_MS;
}

/** Notes what a look found that began at `beganAtMs`. */
export function noteDue(memory: ConsumerMemory, due: readonly Due[] | "lost", beganAtMs: number): void {
  memory.nothingDueAtMs = due.length === 0 ? beganAtMs : undefined;
}

/** Something may have become due: the next receive looks. */
export function mayBeDue(memory: ConsumerMemory): void {
  memory.nothingDueAtMs = undefined;
}
