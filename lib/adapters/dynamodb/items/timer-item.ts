import { dueId } from "../../../domain/progress/records.js";
import type { SubscriptionRef } from "../../../domain/subscription.js";
import { TIMER_KINDS, type Timer, timerKey, timerName } from "../../../domain/timer.js";
import { FORMAT, isTooNew } from "./format.js";
import { refOf } from "./subscription-item.js";

/** The key of the timers that share a number. */
export const timersKey = (key: number): string => `timers#${key}`;

/** Sorts by the time that it is due at. */
export const timerItemKey = (timer: Timer) => ({
  pk: timersKey(timerKey(timer)),
  sk: dueId(timer.dueMs, timerName(timer)),
});

export const timerItem = (timer: Timer) => ({
  ...timerItemKey(timer),
  f: FORMAT,
  kind: timer.kind,
  due: timer.dueMs,
  ref: refOf(timer.subscription),
  ...(timer.failures === undefined ? {} : { failures: timer.failures }),
});

/** undefined for one that this release does not know: it is left for a newer one to serve. */
export function timerOf(item: Record<string, unknown>): Timer | undefined {
  const { kind, due, ref, failures } = item;
  if (isTooNew(item) || !TIMER_KINDS.has(String(kind)) || typeof due !== "number" || !ref) return undefined;
  return {
    kind: kind as Timer["kind"],
    dueMs: due,
    subscription: ref as SubscriptionRef,
    ...(typeof failures === "number" ? { failures } : {}),
  };
}
