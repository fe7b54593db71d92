import { SluiceError } from "../../domain/errors.js";
import type { MessageContent } from "../../domain/message.js";
import { afterLoss, beforeAppend, initialSpread } from "../../domain/spread.js";
import type { Topic } from "../../domain/topic.js";
import type { Engine } from "../engine.js";
import { type Appended, append } from "../log/append.js";
import type { ChoosePartition } from "../log/placing.js";

/** Appends `contents` as one slot. `partition`: undefined if any will do. */
export async function appendMessages(
  engine: Engine,
  topic: Topic,
  contents: readonly MessageContent[],
  partition: number | undefined,
): Promise<Appended | SluiceError> {
  try {
    return await append(engine, topic, contents, choosing(engine, topic, partition, contents.length));
  } catch (error) {
    if (error instanceof SluiceError) return error;
    throw error;
  }
}

/** This partition; undefined: whichever this process appends to. */
export const choosing = (
  engine: Engine,
  topic: Topic,
  partition: number | undefined,
  messageCount: number,
): ChoosePartition => (partition === undefined ? spreading(engine, topic, messageCount) : () => partition);

/** Stays in a partition until a race is lost (lib/domain/spread.ts). */
function spreading(engine: Engine, topic: Topic, messageCount: number): ChoosePartition {
  const { caches, clock, random } = engine;
  const before = caches.spreads.get(topic.uid) ?? initialSpread(clock.nowMs());
  let spread = beforeAppend(before, topic.partitions, clock.nowMs(), messageCount);
  caches.spreads.set(topic.uid, spread);
  let seen = 0;
  return (losses) => {
    if (losses > seen) {
      seen = losses;
      const latest = caches.spreads.get(topic.uid) ?? spread;
      spread = afterLoss(latest, topic.partitions, clock.nowMs(), (below) => random.below(below));
      caches.spreads.set(topic.uid, spread);
    }
    return freeFrom(engine, topic, spread.partition);
  };
}

/** The first partition from there on that no append of this process is under way to; that one, if there is none. */
function freeFrom({ appends }: Engine, topic: Topic, partition: number): number {
  for (let step = 0; step < topic.partitions; step++) {
    const next = (partition + step) % topic.partitions;
    if (!appends.has({ topic, partition: next })) return next;
  }
  return partition;
}
