import { type Cursor, isVoid } from "../../domain/progress/records.js";
import type { Standing } from "../../domain/ports/progress-store.js";
import type { News } from "../../domain/pump-start.js";
import type { Reader } from "../../domain/reader.js";
import type { Offset } from "../../domain/slot.js";
import type { Subscription } from "../../domain/subscription.js";
import { cursorIn } from "../consume/known-cursors.js";
import { mayWantAhead } from "../consume/may-want-ahead.js";
import type { Engine } from "../engine.js";
import { type End, endsOf } from "../log/anchors.js";
import { lookAhead } from "./free-key.js";

/** What a subscription has to do. */
export interface Work {
  /** Something is due, or the log goes on behind a head that can move. */
  readonly isThere: boolean;
  /** Nothing is ahead of the heads, under a lease or waiting for another attempt. */
  readonly isOver: boolean;
  /** The partitions whose log goes on behind a head, and where they end. */
  readonly ahead: readonly News[];
  /** When something is due; undefined where nothing is under a lease or waits for another attempt. */
  readonly nextDueMs?: number;
  /** What it was judged by. */
  readonly cursors: ReadonlyMap<number, Cursor>;
  readonly hasRecords: boolean;
}

/** The work that there is now. Strongly consistent, so that no wake-up is lost. */
export async function workNow(
  engine: Engine,
  reader: Reader,
  /** How far partitions were read whose messages wait for a batch window: what is no further is no work. */
  readTo: ReadonlyMap<number, Offset> = new Map(),
): Promise<Work> {
  const [ends, progress] = await Promise.all([
    endsOf(engine, reader.topic),
    progressOf(engine, reader.subscription),
  ]);
  const further = [...ends].filter(([partition, { offset }]) => offset > (readTo.get(partition) ?? 0));
  return await judge(engine, reader, new Map(further), progress);
}

/** The work up to these ends. */
export const workOf = async (engine: Engine, reader: Reader, ends: ReadonlyMap<number, End>): Promise<Work> =>
  await judge(engine, reader, ends, await progressOf(engine, reader.subscription));

interface Progress extends Standing {
  readonly nextDueMs: number | undefined;
}

async function progressOf({ progress }: Engine, subscription: Subscription): Promise<Progress> {
  const { cursors, hasRecords } = await progress.standing(subscription);
  return { cursors, hasRecords, nextDueMs: hasRecords ? await progress.nextDueMs(subscription) : undefined };
}

/**
 * With ordering, what waits behind an open record does not count as work: the record becomes due, or the pump that
 * settles it looks for work afterwards.
 */
async function judge(
  engine: Engine,
  { topic, subscription }: Reader,
  ends: ReadonlyMap<number, End>,
  { cursors, hasRecords, nextDueMs }: Progress,
): Promise<Work> {
  const open = await Promise.all(
    [...ends].map(async ([partition, { offset }]) => {
      const cursor = cursorIn(subscription, partition, cursors.get(partition));
      if (cursor.head >= offset) return [];
      const mayWant = await mayWantAhead(engine, { topic, subscription }, partition, cursor, offset);
      return mayWant ? [{ partition, cursor, end: offset }] : [];
    }),
  );
  const behind = open.flat();
  const inner = [...cursors.values()].flatMap((cursor) => cursor.inner ?? []);
  const times = inner.flatMap((lease) => (isVoid(lease, subscription) ? [] : [lease.dueMs]));
  const dueMs = Math.min(nextDueMs ?? Infinity, ...times);
  const isOver = behind.length === 0 && dueMs === Infinity;
  const due = dueMs === Infinity ? {} : { nextDueMs: dueMs };
  const ahead = behind.map(({ partition, end }) => ({ partition, end }));
  const work = { isOver, ahead, cursors, hasRecords, ...due };
  if (dueMs <= engine.clock.nowMs()) return { isThere: true, ...work };
  if (topic.ordering === "none") return { isThere: behind.length > 0, ...work };
  const looks = await Promise.all(
    behind.map(({ partition, cursor }) => lookAhead(engine, { topic, subscription }, partition, cursor)),
  );
  return { isThere: looks.some(({ isFree }) => isFree), ...work };
}

/**
 * Whether new messages in one of `partitions` can be taken now. With ordering a record may hold their keys, or the
 * partition. Then a doorbell need not start a pump: the pump that settles the record looks for work afterwards, and a
 * timer wakes a pump when the record is due.
 */
export async function canBeTaken(
  engine: Engine,
  { topic, subscription }: Reader,
  partitions: readonly number[],
): Promise<boolean> {
  if (topic.ordering === "none") return true;
  const free = await Promise.all(
    partitions.map(async (partition) => {
      const stored = await engine.progress.cursor(subscription, partition);
      const cursor = cursorIn(subscription, partition, stored);
      const ahead = await lookAhead(engine, { topic, subscription }, partition, cursor);
      return ahead.isFree || ahead.dueMs <= engine.clock.nowMs();
    }),
  );
  return free.includes(true);
}
