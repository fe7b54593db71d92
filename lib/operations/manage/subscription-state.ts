import type { Reader } from "../../domain/reader.js";
import { type Offset, type Tail, appendWay, nextOffset } from "../../domain/slot.js";
import type { PartitionRef } from "../../domain/topic.js";
import type { Engine } from "../engine.js";
import { cursorIn } from "../consume/known-cursors.js";
import { type OpenAllowance, expiredAhead, openAllowance } from "../log/expired-ahead.js";
import { firstSlotBase } from "../log/first-slot.js";
import { messagesBetween } from "../log/messages-between.js";

/** How far a subscription has come, in messages. */
export interface SubscriptionState {
  /** Not handed out yet: ahead of the heads. */
  readonly backlog: number;
  readonly inFlight: number;
  readonly retrying: number;
  /** Expired before anybody acknowledged them. Not included in the other counts. */
  readonly expired: number;
  /** Slots that could not be read and were set aside. */
  readonly setAside: number;
  /** 0 if nothing waits. */
  readonly oldestUnackedAgeMs: number;
}

/**
 * Counts a subscription's messages. The counts are read one after the other, so they are not of one instant. Messages
 * whose own expiry has passed are in `expired` if they are near the heads (lib/operations/log/expired-ahead.ts). Those
 * further ahead stay in `backlog` until the head comes near them or their slot expires.
 */
export async function subscriptionState(
  engine: Engine,
  { topic, subscription }: Reader,
): Promise<SubscriptionState> {
  const { log, progress, clock } = engine;
  const [anchors, cursors] = await Promise.all([
    log.anchors(topic, { consistent: true }),
    progress.cursors(subscription),
  ]);
  const allowance = openAllowance();
  const ahead = await Promise.all(
    [...anchors.keys()].map(async (partition) => {
      const { head } = cursorIn(subscription, partition, cursors.get(partition));
      return [partition, await aheadOf(engine, { topic, partition }, head, allowance)] as const;
    }),
  );
  const from = new Map(ahead.map(([partition, one]) => [partition, one.liveFrom] as const));
  const living = { nowMs: clock.nowMs(), from };
  const totals = await progress.totals(subscription, subscription.epoch, living);
  const oldest = [...ahead.map(([, { oldestMs }]) => oldestMs), totals.oldestPublishedAtMs].filter(
    (time): time is number => time !== undefined,
  );
  const sum = (of: "backlog" | "expired"): number => ahead.reduce((all, [, one]) => all + one[of], 0);
  return {
    backlog: sum("backlog"),
    inFlight: totals.inFlight,
    retrying: totals.retrying,
    expired: totals.expired + sum("expired"),
    setAside: totals.setAside,
    oldestUnackedAgeMs: oldest.length > 0 ? Math.max(0, clock.nowMs() - Math.min(...oldest)) : 0,
  };
}

interface AheadOfHead {
  /** Live messages from the head on; `oldestMs`: when the first of them was published. */
  readonly backlog: number;
  readonly oldestMs?: number;
  /** Messages from the head on that have expired and were not passed yet. */
  readonly expired: number;
  /** Base of the partition's first live slot: everything below it has expired. */
  readonly liveFrom: Offset;
}

/** Counts what is live and what has expired ahead of `head`. */
async function aheadOf(
  engine: Engine,
  partition: PartitionRef,
  head: Offset,
  allowance: OpenAllowance,
): Promise<AheadOfHead> {
  const { log, clock } = engine;
  const nowMs = clock.nowMs();
  const tail = await log.tail(partition);
  if (!tail) return { backlog: 0, expired: 0, liveFrom: 0 };
  const end = nextOffset(tail);
  const isLive = (slot: Tail): boolean => slot.expiresAtMs > nowMs;
  const liveFrom = (await firstSlotBase(engine, partition, tail, 0, isLive)) ?? end;
  const expired = await messagesBetween(engine, partition, tail, head, Math.min(liveFrom, end));
  if (end <= head || !isLive(tail)) return { backlog: 0, expired, liveFrom };
  const first = await firstLive(engine, partition, tail, Math.max(head, liveFrom), nowMs);
  const from = Math.max(head, first.base);
  const stretch = { slotBase: first.base, from, end, slotCount: first.count };
  const own = await expiredAhead(engine, partition, stretch, allowance, nowMs);
  const stored = await storedBetween(engine, partition, tail, first, from, nowMs);
  const age = own.oldestMs === undefined ? {} : { oldestMs: own.oldestMs };
  return { backlog: stored - own.expired, expired: expired + own.expired, liveFrom, ...age };
}

/**
 * Counts the messages in live slots from `from` (in the slot `first`) to the end. Offsets jump when a partition was
 * left to expire (lib/domain/slot.ts). If there are live slots on both sides of a jump, it ends at the first slot whose
 * life is not nearly over, because a restart happens only when the tail's life is.
 */
async function storedBetween(
  engine: Engine,
  partition: PartitionRef,
  tail: Tail,
  first: Tail,
  from: Offset,
  nowMs: number,
): Promise<number> {
  const end = nextOffset(tail);
  if (appendWay(first, nowMs) !== "restart") return end - from;
  const isLasting = (slot: Tail): boolean => appendWay(slot, nowMs) !== "restart";
  const lasting = await firstSlotBase(engine, partition, tail, first.base, isLasting);
  const before = lasting === undefined ? tail : await engine.log.slotAt(partition, lasting - 1);
  const ending = before ? Math.max(0, nextOffset(before) - from) : 0;
  return ending + (lasting === undefined ? 0 : end - lasting);
}

/** The first live slot that holds a message at or after `head`; the tail is live. */
async function firstLive(
  engine: Engine,
  partition: PartitionRef,
  tail: Tail,
  head: Offset,
  nowMs: number,
): Promise<Tail> {
  const { log } = engine;
  const isLive = ({ expiresAtMs }: Tail): boolean => expiresAtMs > nowMs;
  const at = await log.slotAt(partition, head);
  if (at && nextOffset(at) > head && isLive(at)) return at;
  const { slots } = await log.read(partition, head, 1, { consistent: true });
  if (slots[0] && isLive(slots[0])) return slots[0];
  const base = (await firstSlotBase(engine, partition, tail, head, isLive)) ?? tail.base;
  return (await log.slotAt(partition, base)) ?? tail;
}
