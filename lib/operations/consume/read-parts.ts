import type { Place } from "../../domain/place.js";
import type { PartitionRef } from "../../domain/topic.js";
import type { Engine } from "../engine.js";
import { type RangeRead, SET_ASIDE_LIMIT, readRange } from "../log/read-range.js";
import type { Take, Takes } from "./take.js";

const LOOK_GROWTH = 4;
const LOOK_LIMIT = 1_000;

export interface ReadOptions {
  /** How many times what it asks for the first request takes, for others to take the rest. */
  readonly times: number;
  /** How many looks in a row have found only expired messages: each looks at more of them. */
  readonly looks: number;
  /** The estimated messages in a slot. */
  readonly slotCount: number;
}

/** What was read for some requests: one part each, in their order, without a gap. Later requests may have none. */
export interface PartsRead extends RangeRead {
  readonly parts: readonly RangeRead[];
}

/** Reads on from `from`, for one request after the other, by one query as far as it holds them. */
export async function readParts(
  engine: Engine,
  partition: PartitionRef,
  from: Place,
  takes: Takes,
  { times, looks, slotCount }: ReadOptions,
): Promise<PartsRead> {
  const parts: RangeRead[] = [];
  let next = from;
  let room = SET_ASIDE_LIMIT;
  for (const [index, take] of takes.entries()) {
    const maxMessages = take.maxMessages * times;
    const part = await readRange(engine, partition, next, {
      ...take,
      maxMessages,
      lookMessages: Math.max(maxMessages, Math.min(LOOK_LIMIT, maxMessages * LOOK_GROWTH ** looks)),
      beyond: messagesOf(takes.slice(index + 1)),
      isContinued: index > 0 || (take.isContinued ?? false),
      maxSetAside: room,
      slotCount: parts.at(-1)?.slotCount ?? slotCount,
    });
    if (part.next.head === next.head) break;
    parts.push(part);
    next = part.next;
    room -= part.setAside.length;
    // The log ends here, as far as it is known.
    if (!part.isFull && part.entries.length < maxMessages) break;
  }
  return joined(parts, next, slotCount);
}

const messagesOf = (takes: readonly Take[]): number =>
  takes.reduce((sum, { maxMessages }) => sum + maxMessages, 0);

function joined(parts: readonly RangeRead[], next: Place, slotCount: number): PartsRead {
  const last = parts.at(-1);
  return {
    parts,
    entries: parts.flatMap(({ entries }) => entries),
    setAside: parts.flatMap(({ setAside }) => setAside),
    expired: parts.flatMap(({ expired }) => expired),
    next,
    isFull: last?.isFull ?? false,
    slotCount: last?.slotCount ?? slotCount,
  };
}
