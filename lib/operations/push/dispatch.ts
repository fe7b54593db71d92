import type { PartitionRef } from "../../domain/topic.js";
import type { Instance } from "../engine.js";
import { pushSubscriptions, startIdlePumps } from "./wake.js";

/**
 * Answers the log's doorbells: starts the pumps of whoever may have something new. It carries nothing from the doorbell
 * on but the topic's name, so that a bell rung twice, late or out of order does no harm.
 * @returns the doorbells that could not be answered, to be rung again.
 */
export async function dispatch(
  instance: Instance,
  doorbells: readonly PartitionRef[],
): Promise<readonly PartitionRef[]> {
  const topics = new Map<string, PartitionRef[]>();
  for (const bell of doorbells) topics.set(bell.topic.uid, [...(topics.get(bell.topic.uid) ?? []), bell]);
  const failed = await Promise.all([...topics.values()].map((bells) => ring(instance, bells)));
  return failed.flat();
}

async function ring(instance: Instance, bells: readonly PartitionRef[]): Promise<readonly PartitionRef[]> {
  const [first] = bells;
  if (!first) return [];
  try {
    const topic = await instance.topics.get(first.topic.name);
    if (topic?.uid !== first.topic.uid) return [];
    const pushed = await pushSubscriptions(instance, topic);
    await Promise.all(pushed.map((subscription) => startIdlePumps(instance, subscription)));
    return [];
  } catch (error) {
    instance.telemetry.event("doorbell-failed", "warn", { topic: first.topic.name, error: String(error) });
    return bells;
  }
}
