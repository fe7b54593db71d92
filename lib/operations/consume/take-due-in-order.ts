import { LETTERS_IN_A_MOVE } from "../../domain/dead-letter.js";
import { isOver } from "../../domain/moves/after-failure.js";
import { takeChain } from "../../domain/moves/take-chain.js";
import { type DueGroup, dateAnew, dueSpans, takeAgain } from "../../domain/moves/take.js";
import { chainKey } from "../../domain/progress/chains.js";
import {
  type Cursor,
  type Due,
  type Hint,
  type Holding,
  type Retry,
  isVoid,
  openSpans,
  replaceOpen,
} from "../../domain/progress/records.js";
import { splitByDeadline } from "../../domain/progress/deadlines.js";
import { type Span, splitSpans } from "../../domain/progress/spans.js";
import type { Reader } from "../../domain/reader.js";
import type { Subscription } from "../../domain/subscription.js";
import type { Engine } from "../engine.js";
import { tellExpired } from "../log/tell-expired.js";
import { bury } from "./bury.js";
import { cursorIn } from "./known-cursors.js";
import { takeables, takenAgain, takingOf } from "./lease.js";
import type { Take, Taken } from "./take.js";
import { isTooLarge, mustWait, readDue, withTroubles } from "./read-due.js";

/** The most partitions that one call looks at. The next call begins with others. */
const PARTITIONS_LIMIT = 4;
/** Above this many open records a partition's first record is no longer handed out in parts. */
const OPEN_LIMIT = 6;

/** The most records of keys that one look reads before it leaves the partition to the next. */
const CHAINS_TRIED = 8;

/** An open record of a partition that nothing before it holds back. */
interface Front {
  /** Without the records that were found to be gone. */
  readonly cursor: Cursor;
  readonly first: Holding;
  /** The ids after it. */
  readonly behind: readonly string[];
}

/**
 * With ordering: hands out again an open record of a partition, as far as it is due without a gap. A record of one key
 * holds back nothing but its key; any other one waits for all before it and holds back all behind it. So nothing
 * overtakes.
 */
export async function takeDueInOrder(
  engine: Engine,
  reader: Reader,
  due: readonly Due[],
  take: Take,
): Promise<Taken> {
  const partitions = [...new Set(due.map(({ partition }) => partition))];
  const start = engine.random.below(partitions.length);
  const rotated = [...partitions.slice(start), ...partitions.slice(0, start)];
  let isLost = false;
  for (const partition of rotated.slice(0, PARTITIONS_LIMIT)) {
    const here = due.filter((record) => record.partition === partition);
    const taken = await takeFrom(engine, reader, partition, here, take);
    if (taken.kind === "taken") return taken;
    isLost ||= taken.kind === "lost";
  }
  return { kind: isLost ? "lost" : "empty" };
}

async function takeFrom(
  engine: Engine,
  reader: Reader,
  partition: number,
  due: readonly Due[],
  take: Take,
): Promise<Taken> {
  const { progress, clock } = engine;
  const { subscription } = reader;
  const stored = await progress.cursor(subscription, partition);
  const cursor = cursorIn(subscription, partition, stored);
  const hints = due.flatMap((record) => (record.kind === "hint" ? [record] : []));
  const foremost = await frontOf(engine, subscription, cursor);
  const open = foremost ? [foremost.first.id, ...foremost.behind] : [];
  if (await removeIdle(engine, subscription, open, hints)) return { kind: "lost" };
  const front = foremost && (await dueFront(engine, subscription, foremost, due));
  if (!front) return { kind: "empty" };
  const { first, behind } = front;
  const [, kept] = splitByDeadline(first, clock.nowMs(), { inOrder: true });
  const isInParts = kept.length > 0 && behind.length >= OPEN_LIMIT;
  const isPulled = subscription.target.type === "pull";
  const group: DueGroup = {
    records: [first],
    hints: hints.filter(({ leaseId }) => leaseId === first.id),
    inOrder: true,
  };
  // What is buried overtakes nothing, so it need not wait for what lies before it.
  const dead = dueSpans([first], clock.nowMs(), { inOrder: false, isPulled }).filter((span) =>
    isOver(span, subscription),
  );
  if (dead.length > 0)
    return await withTroubles(engine, group, () => buryOf(engine, reader, front, group, dead, take));
  const wanted = isInParts ? [] : dueSpans([first], clock.nowMs(), { inOrder: true, isPulled });
  if (wanted.length === 0 && openSpans(first).length > 0) {
    const anew = dateAnew(first, () => engine.random.nonce());
    if (!anew) return { kind: "empty" };
    await progress.move(subscription, anew);
    return { kind: "lost" };
  }
  return await withTroubles(engine, group, () => handOutFirst(engine, reader, front, group, wanted, take));
}

/** Removes hints to leases that are gone, though the cursor may still list them. `true`: there were some. */
async function removeIdle(
  { progress }: Engine,
  subscription: Subscription,
  open: readonly string[],
  hints: readonly Hint[],
): Promise<boolean> {
  const remove = hints.filter(({ leaseId }) => !open.includes(leaseId));
  if (remove.length > 0) await progress.move(subscription, { remove });
  return remove.length > 0;
}

async function frontOf(
  engine: Engine,
  subscription: Subscription,
  cursor: Cursor,
): Promise<Front | undefined> {
  const open = cursor.open ?? [];
  for (const [index, id] of open.entries()) {
    const first = await holdingOf(engine, subscription, id);
    if (first)
      return { cursor: { ...cursor, open: open.slice(index) }, first, behind: open.slice(index + 1) };
  }
  return undefined;
}

/** The foremost open record, or a due one of a key that no record of a whole partition is before. */
async function dueFront(
  engine: Engine,
  subscription: Subscription,
  foremost: Front,
  due: readonly Due[],
): Promise<Front | undefined> {
  const { cursor, first, behind } = foremost;
  if (chainKey(first.id) === undefined) return foremost;
  const dueIds = new Set(due.map((record) => (record.kind === "hint" ? record.leaseId : record.id)));
  let ids = [first.id, ...behind];
  for (const [index, id] of ids.entries()) {
    if (chainKey(id) !== undefined || !(await holdingOf(engine, subscription, id))) continue;
    ids = ids.slice(0, index);
    break;
  }
  const found = ids.filter((id) => dueIds.has(id) && chainKey(id) !== undefined);
  // Others look too, and each at another one.
  const start = found.length > 0 ? engine.random.below(found.length) : 0;
  for (const id of [...found.slice(start), ...found.slice(0, start)].slice(0, CHAINS_TRIED)) {
    const record = id === first.id ? first : await holdingOf(engine, subscription, id);
    if (record && record.dueMs <= engine.clock.nowMs()) return { cursor, first: record, behind: [] };
  }
  return undefined;
}

async function holdingOf(
  { progress }: Engine,
  subscription: Subscription,
  id: string,
): Promise<Holding | undefined> {
  const record = await progress.get(subscription, id);
  return !record || record.kind === "hint" || isVoid(record, subscription) ? undefined : record;
}

/** The record keeps the rest of its messages in their order. */
async function buryOf(
  engine: Engine,
  reader: Reader,
  { cursor, first: { partition } }: Front,
  group: DueGroup,
  dead: readonly Span[],
  take: Take,
): Promise<Taken> {
  const [wanted] = splitSpans(dead, LETTERS_IN_A_MOVE);
  return await bury(engine, reader, { ...group, wanted, dead: wanted }, take, (buried) => ({
    ...buried.move,
    cursor: { partition, next: replaceOpen(cursor, buried.became) },
  }));
}

async function handOutFirst(
  engine: Engine,
  { topic, subscription }: Reader,
  { cursor, first, behind }: Front,
  group: DueGroup,
  wanted: ReturnType<typeof dueSpans>,
  take: Take,
): Promise<Taken> {
  const { partition } = first;
  if (take.onlyBuries || mustWait(wanted, take)) return { kind: "empty" };
  const { entries, ...read } = await readDue(engine, { topic, subscription, partition }, wanted, take);
  if (isTooLarge(wanted, read.left)) return { kind: "empty" };
  const due = { ...read, wanted, entries: takeables(entries) };
  const isOfKey = chainKey(first.id) !== undefined;
  const next = read.left.length > 0 && !isOfKey ? await retryBehind(engine, subscription, behind) : undefined;
  const joining = next ? { ...group, behind: next } : group;
  const { move, lease, became } = isOfKey
    ? takeChain(first, group.hints, due, takingOf(engine, take))
    : takeAgain(joining, due, takingOf(engine, take));
  const outcome = await engine.progress.move(subscription, {
    ...move,
    cursor: { partition, next: replaceOpen(cursor, became) },
  });
  if (outcome === "moved") tellExpired(engine, { topic, subscription }, partition, move.expired);
  if (outcome === "conflict" || !lease) return { kind: "lost" };
  return takenAgain(subscription, lease, entries);
}

async function retryBehind(
  engine: Engine,
  subscription: Subscription,
  [id]: readonly string[],
): Promise<Retry | undefined> {
  const record = id === undefined ? undefined : await holdingOf(engine, subscription, id);
  return record?.kind === "retry" ? record : undefined;
}
