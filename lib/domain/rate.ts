import { noteElements } from "./lane.js";

/** Bounds of `rateLimitPerSecond`. 0 means no limit. */
export const RATE_AT_LEAST = 0.1;
export const RATE_AT_MOST = 10_000;

const SECOND_MS = 1_000;
/** A delivery holds so much of a second's messages: what is left of a second is then less than a tenth of it. */
const DELIVERIES_A_SECOND = 10;
/** How much of a wait that lasted too long is made up for, so that late timers cost no throughput. */
const MADE_UP_FROM_MS = 100;
const MADE_UP_TO_MS = 1_000;

/** A second never has more messages than this. */
export const mostPerSecond = (rate: number): number => Math.max(1, Math.ceil(rate));

/** The most messages in one delivery. */
export const deliveryOf = (rate: number, maxMessages: number): number =>
  Math.max(1, Math.min(maxMessages, Math.floor(rate / DELIVERIES_A_SECOND)));

/** How long so many messages take at this rate. */
export const spacingMs = (rate: number, messages: number): number => (messages * SECOND_MS) / rate;

/** A pump that starts late starts the next messages sooner, by at most this. */
export const madeUpMs = (rate: number): number =>
  Math.min(MADE_UP_TO_MS, Math.max(MADE_UP_FROM_MS, spacingMs(rate, 1) / DELIVERIES_A_SECOND));

/** How a pump's last messages started. Times are epoch milliseconds. */
export interface LastStarts {
  readonly rate: number;
  /** The most messages in one delivery. */
  readonly size: number;
  /** When the next message is due by an even pace. */
  readonly nextMs: number;
  readonly lastMs: number;
}

/**
 * When the next pump may start a message. It knows nothing but this, and still no second has too many: it makes up for
 * nothing that this one missed, and a second after this one's last start there is nothing to know.
 */
export function nextPumpStartsMs({ rate, size, nextMs, lastMs }: LastStarts): number {
  const clearMs = lastMs + SECOND_MS;
  if (rate < 1) return Math.max(nextMs, clearMs);
  return Math.min(nextMs + madeUpMs(rate) + spacingMs(rate, size - 1), clearMs);
}

/**
 * When a pump starts its first message. `toldMs`: what the one before has noted; Infinity if it died and noted nothing.
 * No longer than the new rate asks for: the note may be one of a lower rate, or of a clock that is ahead.
 */
export function firstStartMs(rate: number, size: number, toldMs: number | undefined, nowMs: number): number {
  const soonestMs = rate < 1 ? nowMs - madeUpMs(rate) : nowMs;
  return Math.min(Math.max(toldMs ?? 0, soonestMs), latestStartMs(rate, size, nowMs));
}

/** No delivery has to wait for longer, unless the clock was set back. */
export const latestStartMs = (rate: number, size: number, nowMs: number): number =>
  nowMs + SECOND_MS + spacingMs(rate, size);

/** A lane's note with when the next pump may start a message: one more element, in front of those that are there. */
export const withNextStart = (note: string | undefined, nextStartMs: number): string =>
  JSON.stringify([{ nextStartMs }, ...noteElements(note)]);

/** The inverse of {@link withNextStart}; undefined for any other note. */
export function nextStartIn(note: string | undefined): number | undefined {
  const [first] = noteElements(note);
  const { nextStartMs } = (first ?? {}) as { readonly nextStartMs?: unknown };
  return typeof nextStartMs === "number" ? nextStartMs : undefined;
}
