import type { Reader } from "../../domain/reader.js";
import { nextOffset } from "../../domain/slot.js";
import type { Engine } from "../engine.js";
import { holderOf, isHeld } from "../consume/is-held.js";
import { cursorIn } from "../consume/known-cursors.js";

/**
 * Whether something is due, or there are messages after a head that can move. Strongly consistent, so that no wake-up
 * is lost. With ordering, a partition with an open record does not count as work: the record becomes due, or the pump
 * that settles it looks for work afterwards.
 */
export async function hasWork(
  engine: Engine,
  { topic, subscription }: Reader,
  serves: (partition: number) => boolean,
): Promise<boolean> {
  const { log, progress, clock } = engine;
  const [inUse, cursors, nextDueMs] = await Promise.all([
    log.partitionsInUse(topic),
    progress.cursors(subscription, { consistent: true }),
    progress.nextDueMs(subscription),
  ]);
  if (nextDueMs !== undefined && nextDueMs <= clock.nowMs()) return true;
  const behind = await Promise.all(
    inUse.filter(serves).map(async (partition) => {
      const cursor = cursorIn(subscription, partition, cursors.get(partition));
      const tail = await log.tail({ topic, partition });
      if (tail === undefined || nextOffset(tail) <= cursor.head) return false;
      return !(await isHeld(engine, subscription, cursor));
    }),
  );
  return behind.includes(true);
}

/**
 * Whether new messages in one of `partitions` can be taken now. With ordering a record may hold the partition. Then a
 * doorbell need not start a pump: the pump that settles the record looks for work afterwards, and a timer wakes a pump
 * when the record is due.
 */
export async function canBeTaken(
  engine: Engine,
  { topic, subscription }: Reader,
  partitions: readonly number[],
): Promise<boolean> {
  if (topic.ordering === "none") return true;
  const free = await Promise.all(
    partitions.map(async (partition) => {
      const stored = await engine.progress.cursor(subscription, partition);
      const holder = await holderOf(engine, subscription, cursorIn(subscription, partition, stored));
      return holder === undefined || holder.dueMs <= engine.clock.nowMs();
    }),
  );
  return free.includes(true);
}
