import type { PassedOver } from "../../domain/progress/due-look.js";
import type { Due } from "../../domain/progress/records.js";
import { type SubscriptionRef, subscriptionKey } from "../../domain/subscription.js";
import type { Engine } from "../engine.js";

/** For so long at the most a look relies on an earlier one: what that missed is late by no more. */
const PASSED_FOR_MS = 5_000;

/**
 * What is due of a subscription, up to `limit` records. Leases that were extended lie in front of it, under the time
 * that they were due at first: a process reads past them once in a while, and not with each look.
 */
export async function dueNow(
  engine: Engine,
  subscription: SubscriptionRef,
  limit: number,
): Promise<readonly Due[]> {
  const { caches, progress, clock } = engine;
  const key = subscriptionKey(subscription);
  const nowMs = clock.nowMs();
  const known = caches.passed.get(key);
  const passed = known && isStillPassed(known, nowMs) ? known : undefined;
  const look = await progress.due(subscription, nowMs, limit, passed?.value.lastId);
  if (look.passed)
    caches.passed.set(key, { value: joined(passed?.value, look.passed), atMs: passed?.atMs ?? nowMs });
  else if (!passed) caches.passed.delete(key);
  return look.found;
}

const isStillPassed = ({ value, atMs }: { value: PassedOver; atMs: number }, nowMs: number): boolean =>
  nowMs >= atMs && nowMs < atMs + PASSED_FOR_MS && nowMs < value.untilMs;

const joined = (before: PassedOver | undefined, more: PassedOver): PassedOver => ({
  lastId: more.lastId,
  untilMs: Math.min(before?.untilMs ?? Infinity, more.untilMs),
});
