import type { RetrySettings } from "../subscription.js";

/** What a wait gets from outside: the time, and a random whole number from 0 to `below` - 1. */
export interface BackingOff {
  readonly nowMs: number;
  readonly below: (below: number) => number;
}

/** Doubling goes no further: by then every wait is the longest. */
const DOUBLINGS_AT_MOST = 30;

/**
 * How long a message waits that failed at this attempt, counted from 1. A schedule's wait is exact. Otherwise the bound
 * begins with the least wait, doubles with each attempt up to the longest, and the wait lies anywhere between the least
 * wait and the bound ("full jitter": https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
 */
export function waitMs(settings: RetrySettings, attempt: number, below: BackingOff["below"]): number {
  const { minBackoffSeconds, maxBackoffSeconds, jitter, scheduleSeconds } = settings;
  const nth = Math.max(1, attempt);
  const scheduled = scheduleSeconds[Math.min(nth, scheduleSeconds.length) - 1];
  if (scheduled !== undefined) return scheduled * 1_000;
  const doubled = minBackoffSeconds * 2 ** Math.min(nth - 1, DOUBLINGS_AT_MOST);
  const leastMs = minBackoffSeconds * 1_000;
  const boundMs = Math.max(leastMs, Math.min(doubled, maxBackoffSeconds) * 1_000);
  return jitter === "none" ? boundMs : leastMs + below(boundMs - leastMs + 1);
}
