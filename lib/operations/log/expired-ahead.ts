import { type Offset, type Slot, nextOffset } from "../../domain/slot.js";
import type { Filter } from "../../domain/filter/evaluate.js";
import { headerOf } from "../../domain/slot-header.js";
import type { PartitionRef } from "../../domain/topic.js";
import type { Engine } from "../engine.js";
import { openSlot } from "./open-slot.js";
import { Sieve } from "./sieve.js";
import { isTrouble } from "./troubles.js";

/**
 * Messages of one partition that a look covers, in one read. A count of state is this exact near the head; a longer
 * look would cost each answer more reads.
 */
const LOOK_MESSAGES = 1_000;
/** The most S3 objects that one answer opens, over all partitions: about 40 ms each, one after the other. */
const SEGMENTS_LIMIT = 40;
/**
 * The most unpacked bytes that one answer opens, over all partitions, so that it fits beside the process's other work.
 */
const OPENED_BYTES = 16 * 1_024 * 1_024;

/** What one answer may still open; its partitions share it. */
export interface OpenAllowance {
  segments: number;
  bytes: number;
}

export const openAllowance = (): OpenAllowance => ({ segments: SEGMENTS_LIMIT, bytes: OPENED_BYTES });

/** The messages from `from` to `end`. `slotBase` belongs to the live slot that holds `from`, or to the next one. */
export interface Stretch {
  readonly slotBase: Offset;
  readonly from: Offset;
  readonly end: Offset;
  /** The estimated messages in a slot: it tells how many slots to ask for. */
  readonly slotCount: number;
}

export interface ExpiredAhead {
  /** Messages in live slots whose own expiry has passed, of those that match. */
  readonly expired: number;
  /** Messages that do not match the filter, expired ones included. */
  readonly leftOut: number;
  /** Messages that were looked at. */
  readonly looked: number;
  /** When the first live message that matches was published; undefined if there is none. */
  readonly oldestMs?: number;
}

/**
 * Counts messages at the front of `stretch` whose publisher let them expire, and those that do not match. Covers the
 * first thousand messages, or fewer if a page ends earlier or too much would have to be opened. Everything after that
 * counts as live, and so does a slot that cannot be read, which will be set aside.
 */
export async function expiredAhead(
  engine: Engine,
  partition: PartitionRef,
  { slotBase, from, end, slotCount }: Stretch,
  allowance: OpenAllowance,
  nowMs: number,
  filter?: Filter,
): Promise<ExpiredAhead> {
  const { log } = engine;
  const sieve = new Sieve(engine, filter);
  const wanted = Math.ceil((from - slotBase + LOOK_MESSAGES) / slotCount);
  const { slots } = await log.read(partition, slotBase, wanted, { consistent: true });
  let expired = 0;
  let leftOut = 0;
  let oldestMs: number | undefined;
  let looked = 0;
  let next = from;
  for (const slot of slots) {
    if (slot.base >= end || looked >= LOOK_MESSAGES) break;
    const messages = await messagesOf(engine, slot, sieve, allowance);
    if (!messages) break;
    const ahead = messages.slice(Math.max(0, from - slot.base), end - slot.base);
    const wanted = ahead.filter(({ isWanted }) => isWanted);
    const over = wanted.filter(({ expiresAtMs = Infinity }) => expiresAtMs <= nowMs).length;
    if (over < wanted.length) oldestMs ??= slot.publishedAtMs;
    expired += over;
    leftOut += ahead.length - wanted.length;
    looked += ahead.length;
    next = nextOffset(slot);
  }
  const counts = { expired, leftOut, looked };
  if (oldestMs !== undefined || next >= end)
    return { ...counts, ...(oldestMs === undefined ? {} : { oldestMs }) };
  const [behind] = (await log.read(partition, next, 1, { consistent: true })).slots;
  return { ...counts, ...(behind && behind.base < end ? { oldestMs: behind.publishedAtMs } : {}) };
}

interface MessageAhead {
  readonly expiresAtMs?: number | undefined;
  readonly isWanted: boolean;
}

/** Each message's own expiry, and whether it matches; undefined if it cannot be told now. */
async function messagesOf(
  engine: Engine,
  slot: Slot,
  sieve: Sieve,
  allowance: OpenAllowance,
): Promise<readonly MessageAhead[] | undefined> {
  const headers = headerOf(slot);
  if (!sieve.mayHold(slot)) return Array.from({ length: slot.count }, () => ({ isWanted: false }));
  if (headers !== "open-it" && !sieve.needsBytes(slot))
    return headers.map((header) => ({ expiresAtMs: header.expiresAtMs, isWanted: sieve.mayTake(header) }));
  const segments = slot.content.kind === "segment" ? 1 : 0;
  if (segments > allowance.segments || slot.unpackedBytes > allowance.bytes) return undefined;
  allowance.segments -= segments;
  allowance.bytes -= slot.unpackedBytes;
  try {
    const opened = await openSlot(engine, slot);
    if (opened.kind === "readable")
      return opened.messages.map((message) => ({
        expiresAtMs: message.expiresAtMs,
        isWanted: sieve.takes(message),
      }));
    return Array.from({ length: slot.count }, () => ({ isWanted: true }));
  } catch (error) {
    if (isTrouble(error)) return undefined;
    throw error;
  }
}
