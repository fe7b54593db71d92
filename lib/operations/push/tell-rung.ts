import type { Doorbell } from "../../domain/pump-start.js";
import type { Engine } from "../engine.js";

/**
 * Tells how many messages came to each topic, and returns how many in all. Every slot rings, by whichever way its
 * messages were published. From the first doorbell that failed on, a stream rings all of them again: these are told of
 * then.
 */
export function tellRung(
  { telemetry }: Pick<Engine, "telemetry">,
  doorbells: readonly Doorbell[],
  failed: readonly Doorbell[],
): number {
  const firstFailed = doorbells.findIndex((bell) => failed.includes(bell));
  const byTopic = new Map<string, number>();
  for (const { topic, slot } of firstFailed < 0 ? doorbells : doorbells.slice(0, firstFailed))
    byTopic.set(topic.name, (byTopic.get(topic.name) ?? 0) + (slot?.count ?? 0));
  for (const [topic, messages] of byTopic) telemetry.event("topic-rang", "info", { topic, messages });
  return [...byTopic.values()].reduce((sum, messages) => sum + messages, 0);
}
