import { hashBelow } from "./hash.js";
import { type SubscriptionRef, subscriptionKey } from "./subscription.js";

/** Work that is due at a time: to wake a subscription's pumps, or to go on with its redrive job. */
export interface Timer {
  readonly kind: "wake-up" | "redrive";
  readonly dueMs: number;
  readonly subscription: SubscriptionRef;
  /** The job that it goes on with. */
  readonly job?: string;
  /** Consecutive failures of its work, which lengthen the pause before the next try. undefined: none. */
  readonly failures?: number;
}

/** The kinds that this version serves. Timers of other kinds are left to the newer version that set them. */
export const TIMER_KINDS: ReadonlySet<string> = new Set<Timer["kind"]>(["wake-up", "redrive"]);

/**
 * Timers are spread over this many partition keys. One key takes 1,000 writes a second, and each timer needs two (set
 * and remove), so four keys take 2,000 timers a second. The clock reads all keys at each look, at most once a second,
 * so there are few.
 */
export const TIMER_KEYS = 4;

/** Together with its time, identifies a timer. */
export const timerName = ({ kind, subscription, job }: Timer): string =>
  [kind, subscriptionKey(subscription), ...(job === undefined ? [] : [job])].join("#");

/** A timer's partition key. It depends only on the name, so that setting a timer twice sets it once. */
export const timerKey = (timer: Timer): number => hashBelow(timerName(timer), TIMER_KEYS);

const PAUSE_FROM_MS = 1_000;
/**
 * Longer than a clock waits for a timer, so that one that always fails keeps no clock running. Meanwhile the sweep does
 * its work.
 */
const PAUSE_UP_TO_MS = 5 * 60_000;

/** The same timer after another failure: later, so that it blocks no other. */
export function putOff(timer: Timer, nowMs: number): Timer {
  const failures = (timer.failures ?? 0) + 1;
  const pauseMs = Math.min(PAUSE_UP_TO_MS, PAUSE_FROM_MS * 2 ** (failures - 1));
  return { ...timer, dueMs: nowMs + pauseMs, failures };
}
