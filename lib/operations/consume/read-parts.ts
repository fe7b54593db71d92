import { messageSizeBytes } from "../../domain/message.js";
import type { Place } from "../../domain/place.js";
import type { PartitionRef } from "../../domain/topic.js";
import type { Engine } from "../engine.js";
import type { FilterInForce } from "../filter-in-force.js";
import type { PlacedMessage } from "../log/placed-message.js";
import { type WantedRead, readWanted } from "../log/read-wanted.js";
import type { Take, Takes } from "./take.js";

const LOOK_GROWTH = 4;
const LOOK_LIMIT = 1_000;

export interface ReadOptions {
  /** How many times what it asks for the first request takes, for others to take the rest. */
  readonly times: number;
  /** How many looks in a row have found only expired messages: each looks at more of them. */
  readonly looks: number;
  /** The estimated messages in a slot, if any have been seen. */
  readonly slotCount: number | undefined;
  /** The share of messages that matched the filter the last time. */
  readonly matching: number;
  /** Returns the filter that holds now. */
  readonly filterNow?: () => Promise<FilterInForce | undefined>;
}

/** What was read for some requests. `shares`: how many of the messages each of them gets, as far as there are any. */
export interface PartsRead extends WantedRead {
  readonly shares: readonly number[];
}

/** Reads on from `from` for all requests together. Each gets as many of the messages as it asks for, in their order. */
export async function readParts(
  engine: Engine,
  partition: PartitionRef,
  from: Place,
  takes: Takes,
  { times, looks, ...options }: ReadOptions,
): Promise<PartsRead> {
  const [first] = takes;
  const sumOf = (size: (take: Take) => number): number => takes.reduce((sum, take) => sum + size(take), 0);
  const maxMessages = times * sumOf((take) => take.maxMessages);
  const read = await readWanted(engine, partition, from, {
    ...{ ...first, ...options },
    maxMessages,
    maxBytes: sumOf((take) => take.maxBytes),
    lookMessages: Math.max(maxMessages, Math.min(LOOK_LIMIT, maxMessages * LOOK_GROWTH ** looks)),
  });
  if (takes.length === 1) return { ...read, shares: [Math.min(read.entries.length, first.maxMessages)] };
  const shares = sharesOf(read.entries, takes);
  return { ...upTo(read, shares), shares };
}

/** A request whose first message is too large for it ends the division: it comes first the next time. */
function sharesOf(entries: readonly PlacedMessage[], takes: Takes): readonly number[] {
  const shares: number[] = [];
  let from = 0;
  for (const take of takes) {
    const share = shareOf(entries.slice(from, from + take.maxMessages), take, from === 0);
    if (share === 0) break;
    shares.push(share);
    from += share;
  }
  return shares;
}

/** How many of the first messages fit. */
function shareOf(
  entries: readonly PlacedMessage[],
  { maxBytes, sizeOf = messageSizeBytes }: Take,
  takesAny: boolean,
): number {
  let bytes = 0;
  const end = entries.findIndex(({ message }, index) => {
    bytes += sizeOf(message);
    return bytes > maxBytes && !(takesAny && index === 0);
  });
  return end < 0 ? entries.length : end;
}

/** Without the messages that nobody gets. */
function upTo(read: WantedRead, shares: readonly number[]): WantedRead {
  const count = shares.reduce((sum, share) => sum + share, 0);
  const beyond = read.entries[count];
  if (!beyond) return read;
  const head = beyond.message.offset;
  return {
    ...read,
    entries: read.entries.slice(0, count),
    setAside: read.setAside.filter(({ base }) => base < head),
    expired: read.expired.filter(({ below }) => below <= head),
    leftOut: read.leftOut.filter(({ below }) => below <= head),
    next: { head, slotBase: beyond.slotBase },
    isFull: true,
  };
}
