import type { Reader } from "../../domain/reader.js";
import { type Offset, type Tail, appendWay, nextOffset } from "../../domain/slot.js";
import type { PartitionRef } from "../../domain/topic.js";
import type { Engine } from "../engine.js";
import { cursorIn } from "../consume/known-cursors.js";
import { firstSlotBase } from "../log/first-slot.js";

/** How far a subscription has come, in messages. */
export interface SubscriptionState {
  /** Ahead of the heads: not handed out yet. */
  readonly backlog: number;
  readonly inFlight: number;
  readonly retrying: number;
  /** 0 where nothing waits. */
  readonly oldestUnackedAgeMs: number;
}

/** How far the subscription has come. Counts are a moment's, taken one after the other. */
export async function subscriptionState(
  engine: Engine,
  { topic, subscription }: Reader,
): Promise<SubscriptionState> {
  const { log, progress, clock } = engine;
  const [inUse, cursors, totals] = await Promise.all([
    log.partitionsInUse(topic),
    progress.cursors(subscription),
    progress.totals(subscription, subscription.epoch),
  ]);
  const ahead = await Promise.all(
    inUse.map((partition) => {
      const { head } = cursorIn(subscription, partition, cursors.get(partition));
      return aheadOf(engine, { topic, partition }, head);
    }),
  );
  const oldest = [...ahead.map(({ oldestMs }) => oldestMs), totals.oldestPublishedAtMs].filter(
    (time): time is number => time !== undefined,
  );
  return {
    backlog: ahead.reduce((sum, { backlog }) => sum + backlog, 0),
    inFlight: totals.inFlight,
    retrying: totals.retrying,
    oldestUnackedAgeMs: oldest.length > 0 ? Math.max(0, clock.nowMs() - Math.min(...oldest)) : 0,
  };
}

/**
 * What is live ahead of `head`. Offsets jump where a partition was left to expire (lib/domain/slot.ts): a jump that has
 * live slots on both sides ends at the first slot whose life is not nearly over, since a restart needs a tail whose is.
 */
async function aheadOf(
  engine: Engine,
  partition: PartitionRef,
  head: Offset,
): Promise<{ readonly backlog: number; readonly oldestMs?: number }> {
  const { log, clock } = engine;
  const nowMs = clock.nowMs();
  const tail = await log.tail(partition);
  if (!tail || nextOffset(tail) <= head || tail.expiresAtMs <= nowMs) return { backlog: 0 };
  const first = await firstLive(engine, partition, tail, head, nowMs);
  const from = Math.max(head, first.base);
  if (appendWay(first, nowMs) !== "restart") {
    return { backlog: nextOffset(tail) - from, oldestMs: first.publishedAtMs };
  }
  const isLasting = (slot: Tail): boolean => appendWay(slot, nowMs) !== "restart";
  const lasting = await firstSlotBase(engine, partition, tail, first.base, isLasting);
  const before = lasting === undefined ? tail : await log.slotAt(partition, lasting - 1);
  const ending = before ? Math.max(0, nextOffset(before) - from) : 0;
  const rest = lasting === undefined ? 0 : nextOffset(tail) - lasting;
  return { backlog: ending + rest, oldestMs: first.publishedAtMs };
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
