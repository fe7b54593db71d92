import { type TakenAhead as MadeAhead, takeAhead } from "../../domain/moves/take.js";
import { endedIn, inCursor, roomForShared } from "../../domain/progress/inner.js";
import { type Cursor, type Lease, isVoid } from "../../domain/progress/records.js";
import type { Reader } from "../../domain/reader.js";
import type { Subscription } from "../../domain/subscription.js";
import type { ConsumerMemory } from "../caches.js";
import type { Company } from "./company.js";
import type { Engine } from "../engine.js";
import { countOf } from "../log/read-range.js";
import { tellExpired } from "../log/tell-expired.js";
import { tellLeftOut } from "../log/tell-left-out.js";
import { FilterForRead } from "../filter-in-force.js";
import { cursorIn } from "./known-cursors.js";
import { LEFT_OUT_AT_MOST, noteLeftOut, readFrom } from "./left-out.js";
import { takeables, takerOf, takingOf } from "./lease.js";
import { mayBeDue } from "./nothing-due.js";
import { type PartsRead, readParts } from "./read-parts.js";
import type { TakenParts, Takes } from "./take.js";

/**
 * After this many consecutive lost races a consumer takes more than it needs, and leaves the rest as retries for the
 * others.
 */
const GREEDY_AFTER_LOSSES = 2;
const GREEDY_SHARES = 8;
/** The more races are lost, the more is left for others: at most what one move can hold beside slots set aside. */
const GREEDY_SHARES_AT_MOST = 24;
/** How many times in one call a head may move past messages that have all expired, each time past more of them. */
export const EMPTY_ADVANCES = 20;

/** Without ordering: hands out the next range of one partition. Head and leases go by one write or transaction. */
export async function takeFrom(
  engine: Engine,
  { topic, subscription }: Reader,
  memory: ConsumerMemory,
  partition: number,
  takes: Takes,
  company?: Company,
): Promise<TakenParts> {
  const [first] = takes;
  const times = first.isModest ? 1 : sharesAfter(memory.losses);
  for (let looks = 0; looks < EMPTY_ADVANCES; looks++) {
    const cursor = await currentCursor(engine, subscription, memory, partition);
    const ended = company && endedIn(cursor, company.ends);
    const now = times > 1 ? ([first] as const) : withRoom(ended ?? cursor, takes);
    const options = { times, looks, slotCount: memory.slotCount, matching: memory.matching };
    const from = readFrom(engine, subscription, partition, cursor);
    if (memory.ahead?.partition === partition) await memory.ahead.done;
    const used = new FilterForRead(engine, subscription);
    const filterNow = from.filter === undefined ? {} : { filterNow: used.now };
    const ahead = await readParts(engine, { topic, partition }, from, now, { ...options, ...filterNow });
    // Not even the first message fits beside those taken before.
    if (ahead.next.head === from.head) return { kind: "empty" };
    memory.slotCount = ahead.slotCount;
    const leftOut = countOf(ahead.leftOut);
    memory.matching = (1 + ahead.entries.length) / (1 + ahead.entries.length + leftOut);
    const messages = from.leftOut + leftOut;
    if (from.filter !== undefined && used.isOnly(from.filter) && isLeftOut(ahead, messages)) {
      const left = { next: ahead.next, messages, filter: from.filter };
      noteLeftOut(engine, subscription, partition, cursor, left);
      // Another look may find more.
      return { kind: ahead.mayHaveMore ? "lost" : "empty" };
    }
    const made = takeAhead(
      partition,
      cursor,
      { ...ahead, entries: takeables(ahead.entries), expired: countOf(ahead.expired) },
      {
        shares: ahead.shares,
        takers: now.map(takerOf),
        isBlock: first.isBlock ?? false,
      },
      takingOf(engine, first),
    );
    if (from.filter === undefined) company?.readAhead(engine, memory, { topic, partition }, ahead, now);
    const mayBeInner = subscription.target.type === "pull";
    const inner =
      mayBeInner && made.leases.length > 0 ? inCursor(ended ?? cursor, made.move, made.leases) : undefined;
    const ends = inner && ended ? company.ends : [];
    const outcome = await moveHead(engine, subscription, memory, made.move, inner, ends);
    if (outcome === "conflict") return lostRace(memory);
    tellExpired(engine, { topic, subscription }, partition, made.move.expired);
    tellLeftOut(engine, { topic, subscription }, messages);
    if (made.leases.length < (made.move.put ?? []).length) mayBeDue(memory);
    tookFrom(memory, partition);
    if (made.leases.length > 0) return taken(ahead, now, inner ?? made.leases, ends);
  }
  return { kind: "empty" };
}

/** Whether it is enough to remember what was left out: there is nothing to write, and it is not much yet. */
const isLeftOut = ({ entries, setAside, expired }: PartsRead, messages: number): boolean =>
  entries.length + setAside.length + expired.length === 0 && messages < LEFT_OUT_AT_MOST;

/** As many requests as the cursor can keep leases for; all, if it has no room and they take a transaction anyway. */
function withRoom(cursor: Cursor, takes: Takes): Takes {
  const room = roomForShared(cursor);
  return room === 0 ? takes : (takes.slice(0, room) as unknown as Takes);
}

export const messagesFor = (takes: Takes): number =>
  takes.reduce((sum, { maxMessages }) => sum + maxMessages, 0);

/** Whether it ended at what was asked for, and not at the end of the log. */
export const hasMore = ({ entries, isFull }: PartsRead, takes: Takes): boolean =>
  isFull || entries.length >= messagesFor(takes);

function taken(read: PartsRead, takes: Takes, leases: readonly Lease[], ends: readonly string[]): TakenParts {
  const { entries, shares } = read;
  let from = 0;
  const parts = leases.map((lease, index) => {
    const placed = entries.slice(from, (from += shares[index] ?? 0));
    return { lease, placed };
  });
  const all = { kind: "taken", parts, isFull: hasMore(read, takes) } as const;
  return ends.length > 0 ? { ...all, hasEnded: true } : all;
}

const sharesAfter = (losses: number): number =>
  losses < GREEDY_AFTER_LOSSES
    ? 1
    : Math.min(GREEDY_SHARES_AT_MOST, GREEDY_SHARES * (losses - GREEDY_AFTER_LOSSES + 1));

/** It stays there. */
export function tookFrom(memory: ConsumerMemory, partition: number): void {
  memory.losses = 0;
  memory.stayed = memory.partition === partition ? memory.stayed + 1 : 0;
  memory.partition = partition;
}

function lostRace(memory: ConsumerMemory): TakenParts {
  memory.losses++;
  // The winner may have left something for others.
  mayBeDue(memory);
  return { kind: "lost" };
}

/** After a lost race nothing is remembered, so the cursor is read again: only then is the head's place known. */
export async function currentCursor(
  { progress }: Engine,
  subscription: Subscription,
  memory: ConsumerMemory,
  partition: number,
): Promise<Cursor> {
  const known = memory.cursors.get(partition);
  if (known && !isVoid(known, subscription)) return known;
  const cursor = cursorIn(subscription, partition, await progress.cursor(subscription, partition));
  memory.cursors.set(partition, cursor);
  return cursor;
}

/**
 * `inner`: the leases that the cursor keeps, which takes one small write instead of a transaction. `ends`: those in it
 * that end with that write.
 */
export async function moveHead(
  { progress }: Engine,
  subscription: Subscription,
  memory: ConsumerMemory,
  move: MadeAhead["move"],
  inner: readonly Lease[] | undefined,
  ends: readonly string[] = [],
): Promise<"moved" | "conflict"> {
  const { partition, next } = move.cursor;
  memory.cursors.delete(partition);
  if (inner) {
    const stored = await progress.advance(subscription, move.cursor, inner, ends);
    if (stored === "conflict") return "conflict";
    memory.cursors.set(partition, stored);
    return "moved";
  }
  const outcome = await progress.move(subscription, move);
  if (outcome === "moved") memory.cursors.set(partition, next);
  return outcome;
}
