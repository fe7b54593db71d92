import { type TakenAhead as MadeAhead, takeAhead } from "../../domain/moves/take.js";
import type { Anchor } from "../../domain/anchor.js";
import { inCursor } from "../../domain/progress/inner.js";
import { type Cursor, type Lease, isVoid } from "../../domain/progress/records.js";
import type { Subscription } from "../../domain/subscription.js";
import type { Engine } from "../engine.js";
import { isHeld } from "./is-held.js";
import { handOut, takeables, takingOf } from "./lease.js";
import type { ConsumerMemory } from "../caches.js";
import { countOf, readRange } from "../log/read-range.js";
import { tellExpired } from "../log/tell-expired.js";
import { cursorIn } from "./known-cursors.js";
import { mayBeDue } from "./nothing-due.js";
import type { Reader } from "../../domain/reader.js";
import { anchorsOf, knownEnd } from "../log/anchors.js";
import type { Topic } from "../../domain/topic.js";
import { endTrouble, isResting, isTrouble, noteTrouble } from "../log/troubles.js";
import type { Take, Taken, TakenAhead } from "./take.js";

/**
 * After this many consecutive lost races a consumer takes more than it needs, and leaves the rest as retries for the
 * others.
 */
const GREEDY_AFTER_LOSSES = 2;
const GREEDY_SHARES = 8;
/** The more races are lost, the more is left for others: at most what one move can hold beside slots set aside. */
const GREEDY_SHARES_AT_MOST = 24;
/**
 * After this many consecutive takes from one partition the others get their turn, so that none starves beside a busy
 * one.
 */
const STAY_LIMIT = 50;
/** How many times in one call a head may move past messages that have all expired, each time past more of them. */
const EMPTY_ADVANCES = 20;
const LOOK_GROWTH = 4;
const LOOK_LIMIT = 1_000;

/** Hands out the next range of a partition that has messages: moves the head and puts the lease in one transaction. */
export async function takeNext(
  engine: Engine,
  reader: Reader,
  memory: ConsumerMemory,
  take: Take,
): Promise<Taken> {
  const taken = await takeAheadOf(engine, reader, memory, take);
  if (taken.kind !== "taken") return taken;
  const { lease, placed } = taken;
  return { kind: "taken", leases: [lease], handed: handOut(reader.subscription, lease, placed) };
}

/** The same, for a consumer that hands the messages out itself. */
export async function takeAheadOf(
  engine: Engine,
  { topic, subscription }: Reader,
  reader: ConsumerMemory,
  take: Take,
): Promise<TakenAhead> {
  const tried = new Set<number>();
  let lost = false;
  let trouble: unknown;
  const moveOn = reader.stayed >= STAY_LIMIT;
  if (moveOn) reader.stayed = 0;
  const known = engine.caches.anchors.get(topic.uid)?.value;
  for (const isAnew of [false, true]) {
    const anchors = await anchorsOf(engine, topic, { isAnew });
    const inUse = [...anchors.keys()];
    for (const partition of restingLast(engine, topic, inOrderOfHope(engine, reader, inUse, moveOn))) {
      if (tried.has(partition) || take.atWork?.has(partition)) continue;
      // A message after a known end raises the anchor's version: then the partition is read again.
      if (isAtEnd(engine, { topic, subscription }, reader, partition, anchors.get(partition))) continue;
      tried.add(partition);
      take.atWork?.add(partition);
      try {
        const taken = await takeFrom(engine, { topic, subscription }, reader, partition, take);
        endTrouble(engine, troubleOf(topic, partition));
        if (taken.kind === "taken") return taken;
        lost ||= taken.kind === "lost";
      } catch (error) {
        if (!isTrouble(error)) throw error;
        trouble ??= error;
        noteTrouble(engine, troubleOf(topic, partition), error);
        reader.cursors.delete(partition);
      } finally {
        take.atWork?.delete(partition);
      }
    }
    // Anchors that were read just now need not be read again.
    if (lost || anchors !== known) break;
  }
  if (trouble instanceof Error && !lost) throw trouble;
  return lost ? { kind: "lost" } : { kind: "empty" };
}

/**
 * Stays in the partition where it last found something, unless it is to move on. After a lost race it starts at a
 * random one.
 */
function inOrderOfHope(
  { random }: Engine,
  reader: ConsumerMemory,
  inUse: readonly number[],
  moveOn: boolean,
): readonly number[] {
  if (inUse.length === 0) return [];
  const stay = inUse.indexOf(reader.partition);
  const start = reader.losses > 0 || stay < 0 ? random.below(inUse.length) : stay + (moveOn ? 1 : 0);
  return [...inUse.slice(start), ...inUse.slice(0, start)];
}

/** Whether the anchors that were read last are enough to know that nothing is ahead. */
export function isKnownToBeAtEnd(
  engine: Engine,
  { topic, subscription }: Reader,
  memory: ConsumerMemory,
): boolean {
  const anchors = engine.caches.anchors.get(topic.uid)?.value;
  if (!anchors) return false;
  return [...anchors].every(([partition, anchor]) =>
    isAtEnd(engine, { topic, subscription }, memory, partition, anchor),
  );
}

/** The same for one partition. */
function isAtEnd(
  engine: Engine,
  { topic, subscription }: Reader,
  { cursors }: ConsumerMemory,
  partition: number,
  anchor: Anchor | undefined,
): boolean {
  const end = anchor && knownEnd(engine, topic, partition, anchor);
  const cursor = cursors.get(partition) ?? cursorIn(subscription, partition, undefined);
  return end !== undefined && !isVoid(cursor, subscription) && cursor.head >= end;
}

const troubleOf = ({ uid }: Topic, partition: number): string => `partition ${uid} ${partition}`;

/** Puts partitions that failed a moment ago last. */
function restingLast(engine: Engine, topic: Topic, partitions: readonly number[]): readonly number[] {
  const rests = (partition: number): boolean => isResting(engine, troubleOf(topic, partition));
  return [
    ...partitions.filter((partition) => !rests(partition)),
    ...partitions.filter((partition) => rests(partition)),
  ];
}

async function takeFrom(
  engine: Engine,
  { topic, subscription }: Reader,
  reader: ConsumerMemory,
  partition: number,
  take: Take,
): Promise<TakenAhead> {
  const mayLeaveSome = topic.ordering === "none" && !take.isModest;
  const shares = mayLeaveSome ? sharesAfter(reader.losses) : 1;
  for (let advance = 0; advance < EMPTY_ADVANCES; advance++) {
    const cursor = await currentCursor(engine, subscription, reader, partition);
    if (topic.ordering === "key" && (await isHeld(engine, subscription, cursor))) return { kind: "empty" };
    const maxMessages = take.maxMessages * shares;
    const lookMessages = Math.max(maxMessages, Math.min(LOOK_LIMIT, maxMessages * LOOK_GROWTH ** advance));
    const limits = { ...take, maxMessages, lookMessages, slotCount: reader.slotCount };
    const ahead = await readRange(engine, { topic, partition }, cursor, limits);
    // Not even the first message fits beside those taken before.
    if (ahead.next.head === cursor.head) return { kind: "empty" };
    reader.slotCount = ahead.slotCount;
    const { move, lease } = takeAhead(
      partition,
      cursor,
      { ...ahead, entries: takeables(ahead.entries), expired: countOf(ahead.expired) },
      { share: take.maxMessages, holds: topic.ordering === "key", isBlock: take.isBlock ?? false },
      takingOf(engine, take),
    );
    const mayBeInner = topic.ordering === "none" && subscription.target.type === "pull";
    const inner = lease && mayBeInner ? inCursor(cursor, move, lease) : undefined;
    const outcome = await moveHead(engine, subscription, reader, move, inner);
    if (outcome === "conflict") return lostRace(reader);
    if (ahead.entries.length > take.maxMessages) mayBeDue(reader);
    tellExpired(engine, { topic, subscription }, partition, move.expired);
    reader.losses = 0;
    reader.stayed = reader.partition === partition ? reader.stayed + 1 : 0;
    reader.partition = partition;
    const taken = inner ?? lease;
    const placed = ahead.entries.slice(0, take.maxMessages);
    const isFull = ahead.isFull || ahead.entries.length >= take.maxMessages;
    if (taken) return { kind: "taken", lease: taken, placed, isFull };
  }
  return { kind: "empty" };
}

const sharesAfter = (losses: number): number =>
  losses < GREEDY_AFTER_LOSSES
    ? 1
    : Math.min(GREEDY_SHARES_AT_MOST, GREEDY_SHARES * (losses - GREEDY_AFTER_LOSSES + 1));

function lostRace(reader: ConsumerMemory): TakenAhead {
  reader.losses++;
  // The winner may have left something for others.
  mayBeDue(reader);
  return { kind: "lost" };
}

/** After a lost race nothing is remembered, so the cursor is read again: only then is the head's place known. */
async function currentCursor(
  { progress }: Engine,
  subscription: Subscription,
  reader: ConsumerMemory,
  partition: number,
): Promise<Cursor> {
  const known = reader.cursors.get(partition);
  if (known && !isVoid(known, subscription)) return known;
  const cursor = cursorIn(subscription, partition, await progress.cursor(subscription, partition));
  reader.cursors.set(partition, cursor);
  return cursor;
}

/** `inner`: the lease that the cursor keeps, which takes one small write instead of a transaction. */
async function moveHead(
  { progress }: Engine,
  subscription: Subscription,
  reader: ConsumerMemory,
  move: MadeAhead["move"],
  inner: Lease | undefined,
): Promise<"moved" | "conflict"> {
  const { partition, next } = move.cursor;
  reader.cursors.delete(partition);
  if (inner) {
    const stored = await progress.advance(subscription, move.cursor, inner);
    if (stored === "conflict") return "conflict";
    reader.cursors.set(partition, stored);
    return "moved";
  }
  const outcome = await progress.move(subscription, move);
  if (outcome === "moved") reader.cursors.set(partition, next);
  return outcome;
}
