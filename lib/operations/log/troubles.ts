import { StorageUnavailable, StoredFormatTooNew, Throttled } from "../../domain/errors.js";
import type { Trouble } from "../caches.js";
import type { Engine } from "../engine.js";

/**
 * How long something that failed is left alone, doubling with each failure, so that it costs its neighbours nothing.
 */
const REST_FROM_MS = 500;
const REST_UP_TO_MS = 30_000;
/** After this long and this many failures, waiting is not expected to help. */
const FAILS_FOR_LONG_MS = 5 * 60_000;
const FAILS_FOR_LONG_TRIES = 5;
/** The most troubles that a process remembers; the oldest is dropped first. */
const REMEMBERED = 1_000;

/** Whether a later attempt may succeed: the store does not answer now, as opposed to a bug or a refusal. */
export const isTrouble = (error: unknown): boolean =>
  error instanceof StorageUnavailable || error instanceof Throttled || error instanceof StoredFormatTooNew;

/** Notes that `what` (such as `segment KEY`) failed, and lets it rest for a while. */
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

/** Notes that it succeeded. */
export const endTrouble = ({ caches }: Engine, what: string): boolean => caches.troubles.delete(what);

/** Whether it failed recently and should be left alone for now. */
export function isResting({ caches, clock }: Engine, what: string): boolean {
  const trouble = caches.troubles.get(what);
  return trouble !== undefined && clock.nowMs() < trouble.restsUntilMs;
}

/** Whether it has failed for so long and so often that waiting is not expected to help. */
export function failsForLong({ caches, clock }: Engine, what: string): boolean {
  const trouble = caches.troubles.get(what);
  if (!trouble || trouble.tries < FAILS_FOR_LONG_TRIES) return false;
  return clock.nowMs() - trouble.sinceMs >= FAILS_FOR_LONG_MS;
}
