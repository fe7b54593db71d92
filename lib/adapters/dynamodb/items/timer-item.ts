import type { Erasure } from "../../../domain/message.js";
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
import { FORMAT, IS_READABLE, IS_READABLE_VALUES, isTooNew } from "./format.js";
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
  ...subjectOf(timer),
  ...(timer.failures === undefined ? {} : { failures: timer.failures }),
});

function subjectOf(timer: Timer) {
  if (!("topic" in timer))
    return { ref: refOf(timer.subscription), ...(timer.job === undefined ? {} : { job: timer.job }) };
  const ref = { name: timer.topic.name, uid: timer.topic.uid };
  if (timer.kind === "erase") return { ref, message: timer.message, erasure: timer.erasure };
  const what = timer.kind === "delayed" ? { part: timer.part } : { schedule: timer.schedule };
  return { ref, ...what, w: timer.nonce };
}

/** If a newer release set the same timer in its own format, the timer is set, and that release removes it. */
export const timerPut = (timer: Timer) => ({
  Item: timerItem(timer),
  ConditionExpression: IS_READABLE,
  ExpressionAttributeValues: IS_READABLE_VALUES,
});

/** undefined for a timer that this release does not know: a newer release serves it. */
export function timerOf(item: Record<string, unknown>): Timer | undefined {
  const { kind, due, ref, job, failures, part, schedule, message, erasure, w } = item;
  if (isTooNew(item) || !TIMER_KINDS.has(String(kind)) || typeof due !== "number" || !ref) return undefined;
  const times = { dueMs: due, ...(typeof failures === "number" ? { failures } : {}) };
  if (kind === "delayed") {
    if (typeof part !== "number" || typeof w !== "string") return undefined;
    return { kind, topic: ref as TopicRef, part, nonce: w, ...times };
  }
  if (kind === "schedule") {
    if (typeof schedule !== "string" || typeof w !== "string") return undefined;
    return { kind, topic: ref as TopicRef, schedule, nonce: w, ...times };
  }
  if (kind === "erase") {
    if (typeof message !== "string" || typeof erasure !== "object" || erasure === null) return undefined;
    return { kind, topic: ref as TopicRef, message, erasure: erasure as Erasure, ...times };
  }
  return {
    kind: kind as SubscriptionTimer["kind"],
    subscription: ref as SubscriptionRef,
    ...(typeof job === "string" ? { job } : {}),
    ...times,
  };
}
