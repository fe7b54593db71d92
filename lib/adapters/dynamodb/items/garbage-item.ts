import { type Garbage, garbageName } from "../../../domain/garbage.js";
import { dueId } from "../../../domain/progress/records.js";
import type { SubscriptionRef } from "../../../domain/subscription.js";
import type { TopicRef } from "../../../domain/topic.js";
import { FORMAT, readable } from "./format.js";
import { refOf } from "./subscription-item.js";

export const GARBAGE = "garbage";

/** Sorts by time of deletion. */
export const garbageKey = (garbage: Garbage) => ({
  pk: GARBAGE,
  sk: dueId(garbage.deletedAtMs, garbageName(garbage)),
});

export const garbageItem = (garbage: Garbage) => ({
  ...garbageKey(garbage),
  f: FORMAT,
  kind: garbage.kind,
  at: garbage.deletedAtMs,
  ref:
    garbage.kind === "topic"
      ? { name: garbage.topic.name, uid: garbage.topic.uid }
      : refOf(garbage.subscription),
});

/** undefined for a kind that this release does not know: a newer release purges it. */
export function garbageOf(item: Record<string, unknown>): Garbage | undefined {
  const { kind, ref, at } = readable(item);
  const deletedAtMs = Number(at);
  if (kind === "topic") return { kind, topic: ref as TopicRef, deletedAtMs };
  if (kind === "subscription") return { kind, subscription: ref as SubscriptionRef, deletedAtMs };
  return undefined;
}
