import type { Reader } from "../../domain/reader.js";
import { nextOffset } from "../../domain/slot.js";
import type { Engine } from "../engine.js";
import { cursorIn } from "../consume/known-cursors.js";

/** Whether the log goes on behind a head, or something is due: strongly consistent, so that no wake-up is lost. */
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
      const { head } = cursorIn(subscription, partition, cursors.get(partition));
      const tail = await log.tail({ topic, partition });
      return tail !== undefined && nextOffset(tail) > head;
    }),
  );
  return behind.includes(true);
}
