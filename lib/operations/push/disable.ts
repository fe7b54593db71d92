import { type Asleep, isGoneForGood } from "../../domain/breaker.js";
import { laneCount, laneName } from "../../domain/lane.js";
import type { Reader } from "../../domain/reader.js";
import type { Engine } from "../engine.js";
import { laneRef } from "./start-pumps.js";

/**
 * Disables a subscription whose target has said for a day that it is gone, and nothing else: it is not tried any more,
 * until an operator enables it. `conflict`: its settings have changed since it was tried, so nothing is done.
 */
export async function disableIfGone(
  engine: Engine,
  reader: Reader,
  asleep: Asleep,
): Promise<"disabled" | "not-gone" | "conflict"> {
  const { subscriptions, clock, settings, telemetry } = engine;
  const nowMs = clock.nowMs();
  if (!isGoneForGood(asleep, nowMs, settings.goneForMs) || (await isTakenElsewhere(engine, reader)))
    return "not-gone";
  const { topic, subscription } = reader;
  const { error } = asleep;
  const reason = "gone";
  // Told first, since it raises an alarm: if this process dies in between, the next probe does both again.
  const names = { topic: topic.name, subscription: subscription.name };
  telemetry.event("subscription-disabled", "error", {
    ...names,
    reason,
    error,
    afterMs: nowMs - asleep.sinceMs,
  });
  const updated = await subscriptions.update({
    ...subscription,
    disabled: { reason, error, sinceMs: nowMs },
    updatedAtMs: nowMs,
    version: subscription.version + 1,
  });
  return updated === "updated" ? "disabled" : "conflict";
}

/** Whether another lane of it is at work: its messages may be taken. */
async function isTakenElsewhere({ locks, clock, settings }: Engine, reader: Reader): Promise<boolean> {
  const behind = Array.from({ length: laneCount(reader, settings.laneWidth) - 1 }, (_, index) => index + 1);
  const heldUntilMs = await Promise.all(
    behind.map((lane) => locks.heldUntilMs(laneName(laneRef(reader.subscription, lane)))),
  );
  return heldUntilMs.some((untilMs) => untilMs !== undefined && untilMs > clock.nowMs());
}
