import { type Offset, type Tail, nextOffset } from "../../domain/slot.js";
import type { PartitionRef } from "../../domain/topic.js";
import type { Engine } from "../engine.js";
import { firstSlotBase } from "./first-slot.js";

/**
 * Offsets jump to the clock in microseconds where a partition was left to expire (lib/domain/slot.ts), by more than
 * fifty minutes. No run without a jump has as many messages.
 */
export const JUMP = 50 * 60 * 1_000_000;
/** Jumps that are looked at: what expired that long ago is not stored any more. */
const JUMPS_LIMIT = 8;

/** How many messages lie between two offsets, the jumps between them not counted, as far as slots still tell. */
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
