import { dueId } from "../../../domain/progress/records.js";
import type { SubscriptionRef } from "../../../domain/subscription.js";
import {
  type SubscriptionTimer,
  TIMER_KINDS,
  type Timer,
  timerKey,
  timerName,
} from "../../../domain/timer.js";
import type { TopicRef } from "../../../domain/topic.js";
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
  ...(timer.kind === "delayed"
    ? { ref: { name: timer.topic.name, uid: timer.topic.uid }, part: timer.part, w: timer.nonce }
    : { ref: refOf(timer.subscription), ...(timer.job === undefined ? {} : { job: timer.job }) }),
  ...(timer.failures === undefined ? {} : { failures: timer.failures }),
});

/** undefined for a timer that this release does not know: a newer release serves it. */
export function timerOf(item: Record<string, unknown>): Timer | undefined {
  const { kind, due, ref, job, failures, part, w } = item;
  if (isTooNew(item) || !TIMER_KINDS.has(String(kind)) || typeof due !== "number" || !ref) return undefined;
  const times = { dueMs: due, ...(typeof failures === "number" ? { failures } : {}) };
  if (kind === "delayed") {
    if (typeof part !== "number" || typeof w !== "string") return undefined;
    return { kind, topic: ref as TopicRef, part, nonce: w, ...times };
  }
  return {
    kind: kind as SubscriptionTimer["kind"],
    subscription: ref as SubscriptionRef,
    ...(typeof job === "string" ? { job } : {}),
    ...times,
  };
}
