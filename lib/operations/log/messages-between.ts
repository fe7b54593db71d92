import { type Offset, type Tail, nextOffset } from "../../domain/slot.js";
import type { PartitionRef } from "../../domain/topic.js";
import type { Engine } from "../engine.js";
import { firstSlotBase } from "./first-slot.js";

/**
 * When a partition was left to expire, its next offset jumps to the clock in microseconds (lib/domain/slot.ts), by more
 * than fifty minutes. No run without a jump holds this many messages.
 */
export const JUMP = 50 * 60 * 1_000_000;
/** The most jumps that are looked at: slots before more of them are no longer stored. */
const JUMPS_LIMIT = 8;

/** Counts the messages between two offsets without the jumps, as far as stored slots show them. */
export async function messagesBetween(
  engine: Engine,
  partition: PartitionRef,
  tail: Tail,
  from: Offset,
  to: Offset,
): Promise<number> {
  let messages = 0;
  let end = to;
  for (let jump = 0; jump < JUMPS_LIMIT && from < end; jump++) {
    if (end - from < JUMP) return messages + end - from;
    const last = await engine.log.slotAt(partition, end - 1);
    if (!last || nextOffset(last) <= from) return messages;
    const runEnd = nextOffset(last);
    const isOfRun = (slot: Tail): boolean => runEnd - slot.base < JUMP;
    const runStart = await firstSlotBase(engine, partition, tail, from, isOfRun);
    if (runStart === undefined) return messages;
    messages += runEnd - Math.max(from, runStart);
    end = runStart;
  }
  return messages;
}
