import type { Reader } from "../../domain/reader.js";
import type { Engine } from "../engine.js";

/** A line for each move of a head would cost more than the moves. */
const TOLD_EVERY_MS = 60_000;

/**
 * Reports how many messages a subscription's filter left out of those that its heads have passed: at once, and then
 * once a minute at most in each process.
 */
export function tellLeftOut(
  { caches, clock, telemetry }: Engine,
  { topic, subscription }: Reader,
  messages: number,
): void {
  if (messages === 0) return;
  const nowMs = clock.nowMs();
  const told = caches.leftOutCounts.get(subscription.uid);
  const all = messages + (told?.value ?? 0);
  if (told && Math.abs(nowMs - told.atMs) < TOLD_EVERY_MS)
    return caches.leftOutCounts.set(subscription.uid, { value: all, atMs: told.atMs });
  caches.leftOutCounts.set(subscription.uid, { value: 0, atMs: nowMs });
  const fields = { topic: topic.name, subscription: subscription.name, messages: all };
  telemetry.event("messages-left-out", "info", fields);
}
