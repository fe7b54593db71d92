import type { Message } from "./message.js";

/** The longest `batch.windowSeconds`, as of a Lambda event source mapping. 0: no message waits for others. */
export const WINDOW_SECONDS_AT_MOST = 300;

/**
 * Publishers' clocks may be ahead by so much. A message of a later time does not wait at all: so none waits for longer
 * than its window and this, counted from when it was first seen, and nobody has to remember when that was.
 */
const CLOCKS_AHEAD_MS = 1_000;
/** What expires within its window goes so long before: a timer, a clock and a pump's start come between. */
export const BEFORE_EXPIRY_MS = 10_000;

/** The times of messages that are collected for one delivery; epoch milliseconds. */
export interface CollectedTimes {
  /** When the oldest was published. */
  readonly oldestMs: number;
  readonly newestMs: number;
  /** When the first of them expires. */
  readonly expiresMs: number;
}

export const NOTHING_COLLECTED: CollectedTimes = {
  oldestMs: Infinity,
  newestMs: -Infinity,
  expiresMs: Infinity,
};

export const withMessage = (
  { oldestMs, newestMs, expiresMs }: CollectedTimes,
  { publishedAtMs, expiresAtMs = Infinity }: Pick<Message, "publishedAtMs" | "expiresAtMs">,
): CollectedTimes => ({
  oldestMs: Math.min(oldestMs, publishedAtMs),
  newestMs: Math.max(newestMs, publishedAtMs),
  expiresMs: Math.min(expiresMs, expiresAtMs),
});

/** When a delivery that has room for more goes all the same. A time in the past means at once. */
export function windowEndMs(
  { oldestMs, newestMs, expiresMs }: CollectedTimes,
  windowSeconds: number,
  nowMs: number,
): number {
  if (windowSeconds === 0 || newestMs > nowMs + CLOCKS_AHEAD_MS) return 0;
  return Math.min(oldestMs + windowSeconds * 1_000, expiresMs - BEFORE_EXPIRY_MS);
}
