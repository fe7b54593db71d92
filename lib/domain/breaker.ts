import type { UnavailableReason } from "./delivery-outcome.js";
import type { BackingOff } from "./moves/backoff.js";
import type { Subscription } from "./subscription.js";

/** Why a subscription sleeps. */
export const BREAKER_REASONS = [
  "throttled",
  "missing",
  "forbidden",
  "unreachable",
  "gone",
] as const satisfies readonly UnavailableReason[];

/** What a target said that took nothing. */
export interface Refusal {
  readonly reason: UnavailableReason;
  readonly error: string;
  /** How long the target asks to be left alone. */
  readonly retryAfterMs?: number;
}

/**
 * A push subscription whose target takes nothing: nothing is delivered until `untilMs`, and then one message, as a
 * probe. It lies in the note of the subscription's first lane. Times are epoch milliseconds.
 */
export interface Asleep {
  readonly reason: UnavailableReason;
  readonly error: string;
  /** When it fell asleep. Probes that fail do not change it. */
  readonly sinceMs: number;
  readonly untilMs: number;
  /** How many pauses there were since then, this one included. */
  readonly pauses: number;
  /** Set while it says that it is gone, and nothing else: since when. */
  readonly goneSinceMs?: number;
  /** Which version of the subscription was tried. Another one is tried at once. */
  readonly version: number;
}

const PAUSE_FROM_MS = 1_000;
/** The longest pause: a target that is well again hears of it within this time. */
export const PAUSE_UP_TO_MS = 15 * 60_000;
/** The longest pause that a target can ask for. */
export const RETRY_AFTER_AT_MOST_MS = 3_600_000;
/** No pause ends later than this from now, by any clock: if one seems to, the clock that set it was wrong. */
const CREDIBLE_FOR_MS = RETRY_AFTER_AT_MOST_MS + 5 * 60_000;
/** So long a target says that it is gone, and nothing else, until its subscription is disabled. */
export const GONE_FOR_MS = 86_400_000;
/** By the clocks of two pumps, each a minute off. */
const CLOCKS_APART_MS = 120_000;
/** Doubling goes no further. */
const DOUBLINGS_AT_MOST = 30;
const ERROR_CHARACTERS = 300;

/**
 * Puts a subscription to sleep, or to sleep again after a probe that failed: each pause is twice as long as the one
 * before. It lies anywhere between the half and the whole of that, so that subscriptions with the same target do not
 * all probe it at once.
 */
export function putToSleep(
  before: Asleep | undefined,
  { reason, error, retryAfterMs = 0 }: Refusal,
  { version }: Pick<Subscription, "version">,
  { nowMs, below }: BackingOff,
): Asleep {
  const earlier = before?.version === version ? before : undefined;
  const pauses = (earlier?.pauses ?? 0) + 1;
  const boundMs = Math.min(PAUSE_UP_TO_MS, PAUSE_FROM_MS * 2 ** Math.min(DOUBLINGS_AT_MOST, pauses - 1));
  const pauseMs = boundMs / 2 + below(boundMs / 2 + 1);
  // A clock that was ahead must not make the time longer.
  const goneSinceMs = reason === "gone" ? Math.min(nowMs, earlier?.goneSinceMs ?? nowMs) : undefined;
  return {
    reason,
    error: error.slice(0, ERROR_CHARACTERS),
    sinceMs: earlier?.sinceMs ?? nowMs,
    untilMs: nowMs + Math.max(pauseMs, Math.min(RETRY_AFTER_AT_MOST_MS, retryAfterMs)),
    pauses,
    version,
    ...(goneSinceMs === undefined ? {} : { goneSinceMs }),
  };
}

/** The same without what it says about the past: an owner that died may have had another answer. */
export function withoutPast({ goneSinceMs: _, ...asleep }: Asleep): Asleep {
  return asleep;
}

/** Whether its target has said for so long that it is gone, and nothing else. */
export const isGoneForGood = ({ goneSinceMs }: Asleep, nowMs: number, goneForMs: number): boolean =>
  goneSinceMs !== undefined && nowMs - goneSinceMs >= goneForMs + CLOCKS_APART_MS;

/** Until when nothing is delivered; undefined if the target may be tried now. */
export function asleepUntilMs(
  asleep: Asleep | undefined,
  { version }: Pick<Subscription, "version">,
  nowMs: number,
): number | undefined {
  if (asleep?.version !== version || nowMs >= asleep.untilMs) return undefined;
  return asleep.untilMs - nowMs <= CREDIBLE_FOR_MS ? asleep.untilMs : undefined;
}
