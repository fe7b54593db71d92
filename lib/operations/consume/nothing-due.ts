import type { Due } from "../../domain/progress/records.js";
import type { Reader } from "../../domain/reader.js";
import type { ConsumerMemory } from "../caches.js";
import type { Engine } from "../engine.js";
import { lookForDue } from "./take-due.js";

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

/** Looks for what is due, and notes whether there is anything. */
export async function lookForDueNoted(
  engine: Engine,
  reader: Reader,
  memory: ConsumerMemory,
): Promise<readonly Due[] | "lost"> {
  const beganAtMs = engine.clock.nowMs();
  const due = await lookForDue(engine, reader, memory.cursors);
  noteDue(memory, due, beganAtMs);
  return due;
}

/** Notes what a look found that began at `beganAtMs`. */
export function noteDue(memory: ConsumerMemory, due: readonly Due[] | "lost", beganAtMs: number): void {
  memory.nothingDueAtMs = due.length === 0 ? beganAtMs : undefined;
}

/** Something may have become due: the next receive looks. */
export function mayBeDue(memory: ConsumerMemory): void {
  memory.nothingDueAtMs = undefined;
}
