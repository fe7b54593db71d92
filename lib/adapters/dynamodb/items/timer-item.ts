import { dueId } from "../../../domain/progress/records.js";
import type { SubscriptionRef } from "../../../domain/subscription.js";
import { TIMER_KINDS, type Timer, timerKey, timerName } from "../../../domain/timer.js";
import { FORMAT, isTooNew } from "./format.js";
import { refOf } from "./subscription-item.js";

/** Timers are spread over several partition keys; this is the key with number `key`. */
export const timersKey = (key: number): string => `timers#${key}`;

/** Sorts by due time. */
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
  ...(timer.job === undefined ? {} : { job: timer.job }),
  ...(timer.failures === undefined ? {} : { failures: timer.failures }),
});

/** undefined for a timer that this release does not know: a newer release serves it. */
export function timerOf(item: Record<string, unknown>): Timer | undefined {
  const { kind, due, ref, job, failures } = item;
  if (isTooNew(item) || !TIMER_KINDS.has(String(kind)) || typeof due !== "number" || !ref) return undefined;
  return {
    kind: kind as Timer["kind"],
    dueMs: due,
    subscription: ref as SubscriptionRef,
    ...(typeof job === "string" ? { job } : {}),
    ...(typeof failures === "number" ? { failures } : {}),
  };
}
