import { takeKeys } from "../../domain/moves/take-keys.js";
import type { Reader } from "../../domain/reader.js";
import type { ConsumerMemory } from "../caches.js";
import type { Engine } from "../engine.js";
import { FilterForRead } from "../filter-in-force.js";
import { countOf } from "../log/read-range.js";
import { tellExpired } from "../log/tell-expired.js";
import { tellLeftOut } from "../log/tell-left-out.js";
import { type Chosen, chooseKeys } from "./choose-keys.js";
import { LEFT_OUT_AT_MOST, noteLeftOut, readFrom } from "./left-out.js";
import { takingOf } from "./lease.js";
import { ListedKeys } from "./listed-keys.js";
import type { TakenParts, Takes } from "./take.js";
import { EMPTY_ADVANCES, currentCursor, moveHead, tookFrom } from "./take-from.js";

const LOOK_GROWTH = 4;
const LOOK_LIMIT = 1_000;

/**
 * With ordering: hands out the first messages of one partition whose keys are free, by one transaction. A key is busy
 * while a message of it is leased or waits in a record; its later messages wait, and the other keys go on.
 */
export async function takeKeysFrom(
  engine: Engine,
  reader: Reader,
  memory: ConsumerMemory,
  partition: number,
  [take]: Takes,
): Promise<TakenParts> {
  const { topic, subscription } = reader;
  for (let looks = 0; looks < EMPTY_ADVANCES; looks++) {
    const cursor = await currentCursor(engine, subscription, memory, partition);
    const keys = new ListedKeys(engine, subscription, cursor, memory.gone.get(partition));
    if (await keys.wholeHolder()) return { kind: "empty" };
    const from = readFrom(engine, subscription, partition, cursor);
    const used = new FilterForRead(engine, subscription);
    const chosen = await chooseKeys(engine, { topic, partition }, from, keys, take, {
      slotCount: memory.slotCount,
      matching: memory.matching,
      lookMessages: Math.max(take.maxMessages, Math.min(LOOK_LIMIT, take.maxMessages * LOOK_GROWTH ** looks)),
      spansAtMost: engine.settings.parkedAtMost,
      ...(from.filter === undefined ? {} : { filterNow: used.now }),
    });
    const { picked, parked, setAside, next, isBlocked } = chosen;
    if (chosen.isCapped && picked.length === 0) await tellWaits(engine, reader, memory, partition, keys);
    if (next.head === from.head) return { kind: "empty" };
    memory.slotCount = chosen.slotCount;
    const leftOut = countOf(chosen.leftOut);
    const wanted = 1 + picked.length + parked.length;
    memory.matching = wanted / (wanted + leftOut);
    const messages = from.leftOut + leftOut;
    if (from.filter !== undefined && used.isOnly(from.filter) && isLeftOut(chosen, messages)) {
      const left = { next, messages, filter: from.filter };
      noteLeftOut(engine, subscription, partition, cursor, left);
      return { kind: chosen.mayHaveMore && !isBlocked ? "lost" : "empty" };
    }
    // After a lost race the next move should be made soon: what is gone is known from before.
    if (cursor.open?.length && memory.losses === 0) await keys.readSome();
    memory.gone.set(partition, keys.gone);
    const ahead = {
      ...{ picked: picked.map(({ takeable }) => takeable), parked, gone: keys.gone, setAside, next },
      expired: countOf(chosen.expired),
    };
    const { move, parts } = takeKeys(partition, cursor, ahead, takingOf(engine, take));
    if ((await moveHead(engine, subscription, memory, move, undefined)) === "conflict") {
      // The winner has left nothing for others: a look for what is due would only lose the next race.
      memory.losses++;
      return { kind: "lost" };
    }
    tellExpired(engine, reader, partition, move.expired);
    tellLeftOut(engine, reader, messages);
    tookFrom(memory, partition);
    memory.waiting.delete(partition);
    const placed = new Map(picked.map((one) => [one.takeable.offset, one.placed]));
    if (parts.length > 0)
      return {
        kind: "taken",
        isFull: picked.length >= take.maxMessages,
        parts: parts.map(({ lease, messages: own }) => ({
          lease,
          placed: own.flatMap(({ offset }) => placed.get(offset) ?? []),
        })),
      };
    if (isBlocked) return { kind: "empty" };
  }
  return { kind: "empty" };
}

/** Whether it is enough to remember what was left out: there is nothing to write, and it is not much yet. */
const isLeftOut = ({ picked, setAside, expired }: Chosen, messages: number): boolean =>
  picked.length + setAside.length + expired.length === 0 && messages < LEFT_OUT_AT_MOST;

/** Once for each time that a partition waits. */
async function tellWaits(
  engine: Engine,
  { topic, subscription }: Reader,
  memory: ConsumerMemory,
  partition: number,
  keys: ListedKeys,
): Promise<void> {
  if (memory.waiting.has(partition)) return;
  memory.waiting.add(partition);
  engine.telemetry.event("partition-waits", "warn", {
    ...{ topic: topic.name, subscription: subscription.name, partition },
    busyKeys: await keys.count(false),
  });
}
