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
  /** Ahead of the heads: not handed out yet. */
  readonly backlog: number;
  readonly inFlight: number;
  readonly retrying: number;
  /** Expired before anybody acknowledged them; in none of the others. */
  readonly expired: number;
  /** Slots that can't be read and were set aside. */
  readonly setAside: number;
  /** 0 where nothing waits. */
  readonly oldestUnackedAgeMs: number;
}

/**
 * How far the subscription has come. Counts are a moment's, taken one after the other. Of the messages whose own expiry
 * is over, those near the heads (lib/operations/log/expired-ahead.ts) are in `expired`. One that lies further ahead
 * stays in `backlog` until the head comes near it, or its slot expires.
 */
export async function subscriptionState(
  engine: Engine,
  { topic, subscription }: Reader,
): Promise<SubscriptionState> {
  const { log, progress, clock } = engine;
  const [inUse, cursors] = await Promise.all([log.partitionsInUse(topic), progress.cursors(subscription)]);
  const allowance = openAllowance();
  const ahead = await Promise.all(
    inUse.map(async (partition) => {
      const { head } = cursorIn(subscription, partition, cursors.get(partition));
      return [partition, await aheadOf(engine, { topic, partition }, head, allowance)] as const;
    }),
  );
  const liveFrom = new Map(ahead.map(([partition, one]) => [partition, one.liveFrom] as const));
  const totals = await progress.totals(subscription, subscription.epoch, liveFrom);
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
  /** Messages from the head on that live, and since when the first of them waits. */
  readonly backlog: number;
  readonly oldestMs?: number;
  /** Messages from the head on that have expired, and were not passed over yet. */
  readonly expired: number;
  /** Base of the partition's first slot that has not expired: all below it has. */
  readonly liveFrom: Offset;
}

/** What is live ahead of `head`, and what has expired there. */
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
 * Messages in live slots from `from`, in the slot `first`, to the end. Offsets jump where a partition was left to
 * expire (lib/domain/slot.ts): a jump that has live slots on both sides ends at the first slot whose life is not nearly
 * over, since a restart needs a tail whose is.
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

/** The first slot that holds something at `head` or behind it and is not expired; the tail is one. */
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
