import type { Reader } from "../../domain/reader.js";
import type { Engine } from "../engine.js";

/** Reports messages that a move has counted as expired: nobody acknowledged them in time. */
export function tellExpired(
  { telemetry }: Engine,
  { topic, subscription }: Reader,
  partition: number,
  messages: number | undefined,
): void {
  if (!messages) return;
  const fields = { topic: topic.name, subscription: subscription.name, partition, messages };
  telemetry.event("messages-expired", "warn", fields);
}
