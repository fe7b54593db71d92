import { type Offset, type Slot, nextOffset } from "../../domain/slot.js";
import { headerOf } from "../../domain/slot-header.js";
import type { PartitionRef } from "../../domain/topic.js";
import type { Engine } from "../engine.js";
import { openSlot } from "./open-slot.js";
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
  /** Messages in live slots whose own expiry has passed. */
  readonly expired: number;
  /** When the first live message was published; undefined if there is none. */
  readonly oldestMs?: number;
}

/**
 * Counts messages at the front of `stretch` whose publisher let them expire. Covers the first thousand messages, or
 * fewer if a page ends earlier or too much would have to be opened. Everything after that counts as live, and so does a
 * slot that cannot be read, which will be set aside.
 */
export async function expiredAhead(
  engine: Engine,
  partition: PartitionRef,
  { slotBase, from, end, slotCount }: Stretch,
  allowance: OpenAllowance,
  nowMs: number,
): Promise<ExpiredAhead> {
  const { log } = engine;
  const wanted = Math.ceil((from - slotBase + LOOK_MESSAGES) / slotCount);
  const { slots } = await log.read(partition, slotBase, wanted, { consistent: true });
  let expired = 0;
  let oldestMs: number | undefined;
  let looked = 0;
  let next = from;
  for (const slot of slots) {
    if (slot.base >= end || looked >= LOOK_MESSAGES) break;
    const expiries = await expiriesOf(engine, slot, allowance);
    if (!expiries) break;
    const ahead = expiries.slice(Math.max(0, from - slot.base), end - slot.base);
    const over = ahead.filter((expiresAtMs) => expiresAtMs !== undefined && expiresAtMs <= nowMs).length;
    if (over < ahead.length) oldestMs ??= slot.publishedAtMs;
    expired += over;
    looked += ahead.length;
    next = nextOffset(slot);
  }
  if (oldestMs !== undefined || next >= end)
    return { expired, ...(oldestMs === undefined ? {} : { oldestMs }) };
  const [behind] = (await log.read(partition, next, 1, { consistent: true })).slots;
  return { expired, ...(behind && behind.base < end ? { oldestMs: behind.publishedAtMs } : {}) };
}

/** Each message's own expiry; undefined if it cannot be told now. */
async function expiriesOf(
  engine: Engine,
  slot: Slot,
  allowance: OpenAllowance,
): Promise<readonly (number | undefined)[] | undefined> {
  const headers = headerOf(slot);
  if (headers !== "open-it") return headers.map(({ expiresAtMs }) => expiresAtMs);
  const segments = slot.content.kind === "segment" ? 1 : 0;
  if (segments > allowance.segments || slot.unpackedBytes > allowance.bytes) return undefined;
  allowance.segments -= segments;
  allowance.bytes -= slot.unpackedBytes;
  try {
    const opened = await openSlot(engine, slot);
    if (opened.kind === "readable") return opened.messages.map(({ expiresAtMs }) => expiresAtMs);
    return Array.from({ length: slot.count }, () => undefined);
  } catch (error) {
    if (isTrouble(error)) return undefined;
    throw error;
  }
}
