import type { Asleep } from "../../domain/breaker.js";
import type { Filter } from "../../domain/filter/evaluate.js";
import { mayMatchFrom } from "../../domain/filter/slot-filter.js";
import { laneNoteIn } from "../../domain/lane-note.js";
import { laneName } from "../../domain/lane.js";
import type { Circumstances } from "../../domain/open-message.js";
import type { Reader } from "../../domain/reader.js";
import { type Offset, type Tail, appendWay, nextOffset } from "../../domain/slot.js";
import type { Subscription } from "../../domain/subscription.js";
import { type PartitionRef, deliveryIsPaused } from "../../domain/topic.js";
import type { Engine } from "../engine.js";
import { filterInForce } from "../filter-in-force.js";
import { cursorIn } from "../consume/known-cursors.js";
import { type OpenAllowance, expiredAhead, openAllowance } from "../log/expired-ahead.js";
import { firstSlotBase } from "../log/first-slot.js";
import { messagesBetween } from "../log/messages-between.js";

/** How far a subscription has come, in messages. */
export interface SubscriptionState {
  /** Not handed out yet: ahead of the heads. */
  readonly backlog: number;
  /**
   * Set where a part of it was not looked at: with a filter that part is estimated, by the share of messages that match
   * in the part that was.
   */
  readonly isEstimate?: true;
  readonly inFlight: number;
  readonly retrying: number;
  /** Expired before anybody acknowledged them. Not included in the other counts. */
  readonly expired: number;
  /** Slots that could not be read and were set aside. */
  readonly setAside: number;
  /** Have no attempt left. Not included in the other counts. */
  readonly deadLetters: number;
  /** With ordering: keys of which a message is handed out, waits, or holds after its dead letter. */
  readonly busyKeys: number;
  /** Those of them that wait for a dead letter. */
  readonly heldKeys: number;
  /** 0 if nothing waits. */
  readonly oldestUnackedAgeMs: number;
  /** Set if the subscription sleeps, because its target takes nothing. */
  readonly asleep?: Asleep;
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
  const { log, progress } = engine;
  const [anchors, cursors, asleep] = await Promise.all([
    log.anchors(topic, { consistent: true }),
    progress.cursors(subscription),
    asleepOf(engine, subscription),
  ]);
  const allowance = openAllowance();
  const filter = (await filterInForce(engine, subscription))?.filter;
  const ahead = await Promise.all(
    [...anchors.keys()].map(async (partition) => {
      const { head } = cursorIn(subscription, partition, cursors.get(partition));
      return [partition, await aheadOf(engine, { topic, partition }, head, allowance, filter)] as const;
    }),
  );
  return await stateWith(engine, subscription, asleep, ahead);
}

/** The state of a subscription ahead of whose heads there is this. */
export async function stateWith(
  { progress, deadLetters, clock }: Engine,
  subscription: Subscription,
  asleep: Asleep | undefined,
  ahead: readonly (readonly [partition: number, AheadOfHead])[],
): Promise<SubscriptionState> {
  const from = new Map(ahead.map(([partition, one]) => [partition, one.liveFrom] as const));
  const living = { nowMs: clock.nowMs(), from };
  const [totals, dead] = await Promise.all([
    progress.totals(subscription, subscription.epoch, living),
    deadLetters.count(subscription, clock.nowMs()),
  ]);
  const oldest = [...ahead.map(([, { oldestMs }]) => oldestMs), totals.oldestPublishedAtMs].filter(
    (time): time is number => time !== undefined,
  );
  const sum = (of: "backlog" | "expired"): number => ahead.reduce((all, [, one]) => all + one[of], 0);
  return {
    backlog: sum("backlog"),
    ...(ahead.some(([, { isEstimate }]) => isEstimate) ? { isEstimate: true as const } : {}),
    inFlight: totals.inFlight,
    retrying: totals.retrying,
    expired: totals.expired + sum("expired"),
    setAside: totals.setAside,
    deadLetters: dead,
    busyKeys: totals.busyKeys,
    heldKeys: totals.heldKeys,
    oldestUnackedAgeMs: oldest.length > 0 ? Math.max(0, clock.nowMs() - Math.min(...oldest)) : 0,
    ...(asleep ? { asleep } : {}),
  };
}

/** What all messages of a subscription have to wait for, if any of it. */
export async function circumstancesOf(
  engine: Engine,
  { topic, subscription }: Reader,
): Promise<Omit<Circumstances, "heldUntilMs">> {
  const asleep = await asleepOf(engine, subscription);
  return {
    nowMs: engine.clock.nowMs(),
    isPaused: subscription.paused || deliveryIsPaused(topic),
    isDisabled: subscription.disabled !== undefined,
    ...(asleep ? { asleepUntilMs: asleep.untilMs } : {}),
  };
}

/** It counts as asleep until a probe goes through, or its settings change: then it is tried anew. */
export async function asleepOf({ locks }: Engine, subscription: Subscription): Promise<Asleep | undefined> {
  if (subscription.target.type === "pull") return undefined;
  const note = await locks.note(laneName({ subscription, lane: 0 }), { consistent: true });
  const { asleep } = laneNoteIn(note);
  return asleep?.version === subscription.version ? asleep : undefined;
}

interface AheadOfHead {
  /** Live messages from the head on; `oldestMs`: when the first of them was published. */
  readonly backlog: number;
  readonly isEstimate: boolean;
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
  filter: Filter | undefined,
): Promise<AheadOfHead> {
  const { log, clock } = engine;
  const nowMs = clock.nowMs();
  const tail = await log.tail(partition);
  if (!tail) return { ...NOTHING, expired: 0, liveFrom: 0 };
  const end = nextOffset(tail);
  const isLive = (slot: Tail): boolean => slot.expiresAtMs > nowMs;
  const liveFrom = (await firstSlotBase(engine, partition, tail, 0, isLive)) ?? end;
  const expired = await expiredBetween(engine, partition, { tail, filter }, head, Math.min(liveFrom, end));
  if (end <= head || !isLive(tail)) return { ...NOTHING, expired, liveFrom };
  const first = await firstLive(engine, partition, tail, Math.max(head, liveFrom), nowMs);
  const from = Math.max(head, first.base);
  const stretch = { slotBase: first.base, from, end, slotCount: first.count };
  const own = await expiredAhead(engine, partition, stretch, allowance, nowMs, filter);
  const stored = await storedBetween(engine, partition, tail, first, from, nowMs);
  const age = own.oldestMs === undefined ? {} : { oldestMs: own.oldestMs };
  const behind = stored - own.looked;
  const share = own.looked === 0 ? 1 : 1 - own.leftOut / own.looked;
  const backlog = own.looked - own.leftOut - own.expired + Math.round(behind * share);
  const isEstimate = filter !== undefined && behind > 0;
  return { backlog, isEstimate, expired: expired + own.expired, liveFrom, ...age };
}

const NOTHING = { backlog: 0, isEstimate: false };

/**
 * The messages of expired slots that were not passed yet. What does not match is none of them, as far as one read
 * shows: of the rest most does not match either (lib/operations/log/live-slots.ts).
 */
async function expiredBetween(
  engine: Engine,
  partition: PartitionRef,
  { tail, filter }: { readonly tail: Tail; readonly filter: Filter | undefined },
  head: Offset,
  end: Offset,
): Promise<number> {
  if (!filter) return await messagesBetween(engine, partition, tail, head, end);
  const { slots } = await engine.log.read(partition, head, EXPIRED_SLOTS, { consistent: true });
  return slots
    .filter(({ base }) => base < end)
    .reduce((sum, slot) => sum + mayMatchFrom(filter, slot, head), 0);
}

/** One read of expired slots. */
const EXPIRED_SLOTS = 1_000;

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
