import { SluiceProblem, SluiceUsageError } from "../errors.js";

const PAUSE_FROM_MS = 250;
const PAUSE_UP_TO_MS = 30_000;
/** What is refused for as long as this stays refused. A deployment or a change of permissions takes less. */
const PATIENCE_MS = 60_000;
/** Statuses of the 4xx range that say "not now" instead of "no". */
const PASSING_STATUSES = new Set([408, 410, 425, 429]);

/** A random pause, doubling with each failure in a row, and at least as long as the API asks for. */
export function pauseMs(failures: number, error: unknown, random: number): number {
  const askedMs = error instanceof SluiceProblem ? (error.retryAfterSeconds ?? 0) * 1_000 : 0;
  const ownMs = random * Math.min(PAUSE_UP_TO_MS, PAUSE_FROM_MS * 2 ** Math.min(failures, 20));
  return Math.max(Math.min(PAUSE_UP_TO_MS, askedMs), ownMs);
}

/** Whether the API understood the request and will not carry it out, now or later, as it stands. */
export function isRefusal(error: unknown): boolean {
  if (error instanceof SluiceUsageError) return true;
  if (!(error instanceof SluiceProblem)) return false;
  const { status, code } = error;
  return status >= 400 && status < 500 && !PASSING_STATUSES.has(status) && code !== "conflict";
}

/** Tells a refusal that will pass, as during a deployment, from one that will not. */
export class Patience {
  #hasWorked = false;
  #refusedSinceMs: number | undefined;

  worked(): void {
    this.#hasWorked = true;
    this.#refusedSinceMs = undefined;
  }

  /** Whether to give up: at once if it never worked before, as with a wrong name, otherwise after a minute. */
  isOver(error: unknown, nowMs: number): boolean {
    if (!isRefusal(error)) {
      this.#refusedSinceMs = undefined;
      return false;
    }
    this.#refusedSinceMs ??= nowMs;
    return !this.#hasWorked || nowMs - this.#refusedSinceMs >= PATIENCE_MS;
  }
}
