import { messageSizeBytes } from "../../domain/message.js";
import type { Place } from "../../domain/place.js";
import type { PartitionRef } from "../../domain/topic.js";
import type { Engine } from "../engine.js";
import { type RangeLimits, type RangeRead, SET_ASIDE_LIMIT, readRange } from "./read-range.js";

/** The most messages that one read looks at. */
const LOOK_LIMIT = 1_000;
/** The most reads of one call. Most of what it reads may not match, and its caller has other partitions too. */
const READS_AT_MOST = 10;
/** Reads ask for a little more than what should be enough. */
const MARGIN = 1.25;
/** As long as nothing matches, each read looks at so many times more. */
const LOOK_GROWTH = 4;

export interface WantedLimits extends RangeLimits {
  /** The share of messages that matched the last time. @default all */
  readonly matching?: number;
  /** Whether a read that found any match is enough. @default it reads on until there are `maxMessages` */
  readonly isAnyEnough?: boolean;
}

/** At the head nothing is skipped, so that a slot that cannot be read now is not passed. */
type HeadRead = Omit<RangeRead, "troubled">;

export interface WantedRead extends HeadRead {
  /** Whether nothing was found, and more may be ahead than this call looked at. */
  readonly mayHaveMore: boolean;
}

/**
 * Like `readRange`, and with a filter it reads on until enough messages match, so that a batch is as large as without
 * one.
 */
export async function readWanted(
  engine: Engine,
  partition: PartitionRef,
  from: Place,
  limits: WantedLimits,
): Promise<WantedRead> {
  const { filterNow, maxMessages, maxBytes, matching = 1, isAnyEnough = false, ...rest } = limits;
  const { sizeOf = messageSizeBytes } = limits;
  const { lookMessages: least = maxMessages, isContinued = false, ...others } = rest;
  if (!filterNow) return { ...(await readRange(engine, partition, from, limits)), mayHaveMore: false };
  let look = looking(least, maxMessages / matching);
  let all: HeadRead = { ...NOTHING, next: from, slotCount: limits.slotCount };
  let sizeBytes = 0;
  for (let reads = 0; reads < READS_AT_MOST; reads++) {
    const read = await readRange(engine, partition, all.next, {
      ...others,
      filterNow,
      lookMessages: look,
      slotCount: all.slotCount,
      maxMessages: maxMessages - all.entries.length,
      maxBytes: maxBytes - sizeBytes,
      isContinued: isContinued || all.entries.length > 0,
      maxSetAside: SET_ASIDE_LIMIT - all.setAside.length,
    });
    const isEnd = read.next.head === all.next.head;
    all = joined(all, read);
    sizeBytes += read.entries.reduce((sum, { message }) => sum + sizeOf(message), 0);
    const found = all.entries.length;
    // The page ended before the look did: there is no more, or the next call finds it.
    const isEnough = found > 0 && (isAnyEnough || found >= maxMessages || read.looked < look);
    if (isEnd || read.isFull || isEnough) return { ...all, mayHaveMore: false };
    look = looking(look, found > 0 ? ((maxMessages - found) / found) * all.looked : look * LOOK_GROWTH);
  }
  return { ...all, mayHaveMore: all.entries.length === 0 };
}

const NOTHING = { entries: [], setAside: [], expired: [], isFull: false, leftOut: [], looked: 0 };

const looking = (least: number, messages: number): number =>
  Math.min(LOOK_LIMIT, Math.max(1, least, Math.ceil(messages * MARGIN)));

const joined = (one: HeadRead, next: HeadRead): HeadRead => ({
  entries: [...one.entries, ...next.entries],
  setAside: [...one.setAside, ...next.setAside],
  expired: [...one.expired, ...next.expired],
  next: next.next,
  isFull: next.isFull,
  slotCount: next.slotCount,
  leftOut: [...one.leftOut, ...next.leftOut],
  looked: one.looked + next.looked,
});
