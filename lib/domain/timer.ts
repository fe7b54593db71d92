import { createHash } from "node:crypto";
import { type SubscriptionRef, subscriptionKey } from "./subscription.js";

/**
 * Something due at a time: so far, to wake the pumps of a subscription. A new kind is one more member of this union.
 */
export interface Timer {
  readonly kind: "wake-up";
  readonly dueMs: number;
  readonly subscription: SubscriptionRef;
  /** How often its work has failed in a row; what grows the pause before the next try. None: never. */
  readonly failures?: number;
}

/** The kinds that this version serves. A timer of another kind belongs to a newer version, and is left to it. */
export const TIMER_KINDS: ReadonlySet<string> = new Set<Timer["kind"]>(["wake-up"]);

/**
 * Timers are spread over this many keys of the store, since one key takes 1,000 writes a second, and setting a timer
 * and removing it are two: 2,000 timers a second. Each look of the clock reads all keys, once a second at the most, so
 * the number stays small.
 */
export const TIMER_KEYS = 4;

/** What tells one timer from another, beside the time that it is due at. */
export const timerName = ({ kind, subscription }: Timer): string =>
  `${kind}#${subscriptionKey(subscription)}`;

/** The key that a timer lies on. It follows from the name alone, so that setting one twice sets it once. */
export const timerKey = (timer: Timer): number =>
  createHash("sha256").update(timerName(timer)).digest().readUInt32BE(0) % TIMER_KEYS;

const PAUSE_FROM_MS = 1_000;
/** Longer than a clock stays for: one that fails for good keeps no clock at work. The sweep does its work meanwhile. */
const PAUSE_UP_TO_MS = 5 * 60_000;

/** The same timer after one more failure: later, so that it stands in front of no other. */
export function putOff(timer: Timer, nowMs: number): Timer {
  const failures = (timer.failures ?? 0) + 1;
  const pauseMs = Math.min(PAUSE_UP_TO_MS, PAUSE_FROM_MS * 2 ** (failures - 1));
  return { ...timer, dueMs: nowMs + pauseMs, failures };
}
