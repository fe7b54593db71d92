import { type Offset, type Slot, nextOffset } from "../../domain/slot.js";
import { headerOf } from "../../domain/slot-header.js";
import type { PartitionRef } from "../../domain/topic.js";
import type { Engine } from "../engine.js";
import { openSlot } from "./open-slot.js";
import { isTrouble } from "./troubles.js";

/**
 * Messages of a partition that one look goes over, from one page of the log: what an answer shows soon after they
 * expire, for one read that takes as long as another. A longer look would cost each answer more pages.
 */
const LOOK_MESSAGES = 1_000;
/** Slots whose bytes lie in S3 that one answer opens, over all partitions: some 40 ms each, one after the other. */
const SEGMENTS_LIMIT = 40;
/** Unpacked bytes that one answer opens, over all partitions, so that it fits beside what its process does. */
const OPENED_BYTES = 16 * 1_024 * 1_024;

/** What one answer may still open, shared by its partitions. */
export interface OpenAllowance {
  segments: number;
  bytes: number;
}

export const openAllowance = (): OpenAllowance => ({ segments: SEGMENTS_LIMIT, bytes: OPENED_BYTES });

/** Messages between `from` and `end`; `slotBase`: of the slot that holds `from`, or comes next, and is live. */
export interface Stretch {
  readonly slotBase: Offset;
  readonly from: Offset;
  readonly end: Offset;
  /** Messages that a slot is thought to have: how many slots to ask for. */
  readonly slotCount: number;
}

export interface ExpiredAhead {
  /** Messages whose own expiry is over, in live slots. */
  readonly expired: number;
  /** When the first one that lives was published; undefined where none does. */
  readonly oldestMs?: number;
}

/**
 * What has expired by its publisher's will at the front of `stretch`: of the first thousand messages, or fewer where a
 * page ends before or too much would have to be opened. What lies behind passes for alive. So does a slot that cannot
 * be read: it will be set aside.
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

/** When each message of a slot expires by itself. Undefined: that is not told now. */
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
