import { dueId } from "../../../domain/progress/records.js";
import { type SubscriptionRef, subscriptionKey } from "../../../domain/subscription.js";
import { FORMAT, readable } from "./format.js";
import { refOf } from "./subscription-item.js";
import type { Garbage } from "../../../domain/garbage.js";

export const GARBAGE = "garbage";

/** Sorts by when it was deleted. A note that was stored before notes had a time lies under the subscription alone. */
export const garbageKey = ({ subscription, deletedAtMs }: Garbage) => {
  const key = subscriptionKey(subscription);
  return { pk: GARBAGE, sk: deletedAtMs === 0 ? key : dueId(deletedAtMs, key) };
};

export const garbageItem = (garbage: Garbage) => ({
  ...garbageKey(garbage),
  f: FORMAT,
  ref: refOf(garbage.subscription),
  at: garbage.deletedAtMs,
});

/** One without a time reads as deleted long ago. */
export function garbageOf(item: Record<string, unknown>): Garbage | undefined {
  const { ref, at } = readable(item);
  return ref ? { subscription: ref as SubscriptionRef, deletedAtMs: Number(at ?? 0) } : undefined;
}
