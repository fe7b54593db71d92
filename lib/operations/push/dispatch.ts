import type { Reader } from "../../domain/reader.js";
import type { PartitionRef } from "../../domain/topic.js";
import type { Engine } from "../engine.js";
import { canBeTaken } from "./has-work.js";
import { pushSubscriptions, startIdlePump } from "./start-pumps.js";

/**
 * Answers the log's doorbells by starting pumps that may have new messages to deliver. Only the topic and the partition
 * are taken from a doorbell, so one that rings twice, late or out of order does no harm.
 * @returns the doorbells that could not be answered, to be repeated.
 */
export async function dispatch(
  engine: Engine,
  doorbells: readonly PartitionRef[],
): Promise<readonly PartitionRef[]> {
  const topics = new Map<string, PartitionRef[]>();
  for (const bell of doorbells) topics.set(bell.topic.uid, [...(topics.get(bell.topic.uid) ?? []), bell]);
  const failed = await Promise.all([...topics.values()].map((bells) => ring(engine, bells)));
  return failed.flat();
}

async function ring(engine: Engine, bells: readonly PartitionRef[]): Promise<readonly PartitionRef[]> {
  const [first] = bells;
  if (!first) return [];
  try {
    const topic = await engine.topics.get(first.topic.name);
    if (topic?.uid !== first.topic.uid) return [];
    const pushed = await pushSubscriptions(engine, topic);
    const partitions = [...new Set(bells.map(({ partition }) => partition))];
    await Promise.all(pushed.map((subscription) => startFor(engine, { topic, subscription }, partitions)));
    return [];
  } catch (error) {
    engine.telemetry.event("doorbell-failed", "warn", { topic: first.topic.name, error: String(error) });
    return bells;
  }
}

/** Starts the pump, unless the new messages have to wait. */
async function startFor(engine: Engine, reader: Reader, partitions: readonly number[]): Promise<void> {
  await startIdlePump(engine, reader.subscription, () => canBeTaken(engine, reader, partitions));
}
