import type { UpTo } from "../../domain/moves/operator.js";
import type { Takeable } from "../../domain/moves/take.js";
import type { Cursor } from "../../domain/progress/records.js";
import type { Reader } from "../../domain/reader.js";
import type { Offset } from "../../domain/slot.js";
import { readFrom } from "../consume/left-out.js";
import { takeables } from "../consume/lease.js";
import type { Engine } from "../engine.js";
import { FilterForRead } from "../filter-in-force.js";
import type { PlacedMessage } from "../log/placed-message.js";
import { countOf } from "../log/read-range.js";
import { readWanted } from "../log/read-wanted.js";
import { memoryBytesFor } from "../memory-budget.js";

/** So many messages before one become retries if that one is settled. */
export const REACH_MESSAGES = 1_000;
/** Of all of them together. */
const REACH_BYTES = 8 * 1_024 * 1_024;

/** What lies ahead of a head up to one message, and that message. */
export interface ReadUpTo extends Omit<UpTo, "partition" | "cursor"> {
  readonly entry: PlacedMessage;
}

/**
 * Reads from a head up to a message. `too-far`: more lies between than one read takes. `passed-over`: nobody gets the
 * message, as the filter leaves it out, it has expired or cannot be read.
 */
export async function readUpTo(
  engine: Engine,
  { topic, subscription }: Reader,
  partition: number,
  cursor: Cursor,
  offset: Offset,
): Promise<ReadUpTo | "too-far" | "passed-over"> {
  const from = readFrom(engine, subscription, partition, cursor);
  if (offset < from.head) return "passed-over";
  const filterNow =
    from.filter === undefined ? {} : { filterNow: new FilterForRead(engine, subscription).now };
  const read = await engine.budget.receiving(memoryBytesFor(REACH_BYTES), () =>
    readWanted(engine, { topic, partition }, from, {
      maxMessages: Math.min(REACH_MESSAGES, offset - from.head + 1),
      maxBytes: REACH_BYTES,
      slotCount: undefined,
      ...filterNow,
    }),
  );
  if (read.next.head <= offset) return "too-far";
  const entry = read.entries.find(({ message }) => message.offset === offset);
  const [target] = entry ? takeables([entry]) : [];
  if (!entry || !target) return "passed-over";
  const before: readonly Takeable[] = takeables(
    read.entries.filter(({ message }) => message.offset < offset),
  );
  return {
    ...{ entry, target, before },
    setAside: read.setAside.filter(({ base }) => base < offset),
    expired: countOf(read.expired.filter(({ below }) => below <= offset)),
  };
}
