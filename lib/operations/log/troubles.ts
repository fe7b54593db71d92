import { StorageUnavailable, StoredFormatTooNew, Throttled } from "../../domain/errors.js";
import type { Trouble } from "../caches.js";
import type { Engine } from "../engine.js";

/** How long what failed is left alone, doubling with each failure, so that it costs its neighbours nothing. */
const REST_FROM_MS = 500;
const REST_UP_TO_MS = 30_000;
/** What fails for this long, and this often, does not pass by itself. */
const FAILS_FOR_LONG_MS = 5 * 60_000;
const FAILS_FOR_LONG_TRIES = 5;
/** Troubles that a process remembers; beyond that the oldest is forgotten. */
const REMEMBERED = 1_000;

/** Whether a later try may go through: a store that does not answer, not a bug or a refusal. */
export const isTrouble = (error: unknown): boolean =>
  error instanceof StorageUnavailable || error instanceof Throttled || error instanceof StoredFormatTooNew;

/** Notes that `what` failed, such as `segment KEY`: it rests for a while. */
export function noteTrouble({ caches, clock, telemetry }: Engine, what: string, error: unknown): Trouble {
  const nowMs = clock.nowMs();
  const before = caches.troubles.get(what);
  const tries = (before?.tries ?? 0) + 1;
  const restMs = Math.min(REST_UP_TO_MS, REST_FROM_MS * 2 ** (tries - 1));
  const trouble: Trouble = { sinceMs: before?.sinceMs ?? nowMs, tries, restsUntilMs: nowMs + restMs };
  caches.troubles.delete(what);
  caches.troubles.set(what, trouble);
  for (const oldest of caches.troubles.keys()) {
    if (caches.troubles.size <= REMEMBERED) break;
    caches.troubles.delete(oldest);
  }
  telemetry.event("trouble", "warn", { what, tries, error: String(error) });
  return trouble;
}

/** Notes that it went through. */
export const endTrouble = ({ caches }: Engine, what: string): boolean => caches.troubles.delete(what);

/** Whether it failed a moment ago, and is better left alone for now. */
export function isResting({ caches, clock }: Engine, what: string): boolean {
  const trouble = caches.troubles.get(what);
  return trouble !== undefined && clock.nowMs() < trouble.restsUntilMs;
}

/** Whether it has failed so long and so often that waiting is no help. */
export function failsForLong({ caches, clock }: Engine, what: string): boolean {
  const trouble = caches.troubles.get(what);
  if (!trouble || trouble.tries < FAILS_FOR_LONG_TRIES) return false;
  return clock.nowMs() - trouble.sinceMs >= FAILS_FOR_LONG_MS;
}
