import { type DueGroup, dueSpans, takeAgain } from "../../domain/moves/take.js";
import { isOver } from "../../domain/moves/after-failure.js";
import { movedOut } from "../../domain/progress/inner.js";
import { type Due, type Hint, type Holding, isVoid, openSpans } from "../../domain/progress/records.js";
import { spanLength } from "../../domain/progress/spans.js";
import type { Reader } from "../../domain/reader.js";
import type { Subscription } from "../../domain/subscription.js";
import type { Engine } from "../engine.js";
import { tellExpired } from "../log/tell-expired.js";
import { isResting } from "../log/troubles.js";
import { bury } from "./bury.js";
import { type KnownCursors, dueInCursors } from "./due-in-cursors.js";
import { dueNow } from "./due-now.js";
import { takeables, takenAgain, takingOf } from "./lease.js";
import { isTooLarge, mustWait, readDue, withTroubles } from "./read-due.js";
import type { Take, Taken } from "./take.js";
import { takeDueInOrder } from "./take-due-in-order.js";

/** Records to look at: so many that concurrent consumers seldom pick the same one. */
const DUE_LIMIT = 50;
/**
 * The most items that one lease is made from, well within a transaction. A record counts twice if part of it may stay.
 */
const TOGETHER_LIMIT = 20;
/** The most hints that are removed with their lease; others are removed when they are found. */
const HINTS_LIMIT = 5;
/** The most looks of one call that find only records voided by a seek. The next call continues. */
const VOID_LOOKS = 10;

/**
 * Hands out what is due: retries, and messages whose deadline has passed. Their attempts are counted. `cursors`: those
 * that may have leases in them.
 */
export async function takeDue(
  engine: Engine,
  reader: Reader,
  take: Take,
  cursors: KnownCursors = new Map(),
): Promise<Taken> {
  const due = await lookForDue(engine, reader, cursors);
  return due === "lost" ? { kind: "lost" } : await takeDueOf(engine, reader, due, take);
}

/** The due records; `lost` if so many of them are void after a seek that the caller has to look again. */
export async function lookForDue(
  engine: Engine,
  { subscription }: Reader,
  cursors: KnownCursors,
): Promise<readonly Due[] | "lost"> {
  const due = await liveDue(engine, subscription, cursors);
  if (!due) return "lost";
  // A record that failed a moment ago waits until nothing else is due.
  const rested = due.filter(({ id }) => !isResting(engine, `record ${id}`));
  return rested.length > 0 ? rested : due;
}

/** Like `takeDue`, for records that were just looked up. */
export async function takeDueOf(
  engine: Engine,
  reader: Reader,
  due: readonly Due[],
  take: Take,
): Promise<Taken> {
  if (due.length === 0) return { kind: "empty" };
  if (reader.topic.ordering === "key") return await takeDueInOrder(engine, reader, due, take);
  const group = await groupOf(engine, reader.subscription, due, take.maxMessages);
  if (!group) return { kind: "lost" };
  return await withTroubles(engine, group, () => handOutAgain(engine, reader, group, take));
}

/**
 * The due records that are not void. Removes the void ones that it finds; undefined if there are so many of them that
 * the caller has to look again.
 */
async function liveDue(
  engine: Engine,
  subscription: Subscription,
  cursors: KnownCursors,
): Promise<readonly Due[] | undefined> {
  const { progress } = engine;
  for (let look = 1; look <= VOID_LOOKS; look++) {
    const inner = await dueInCursors(engine, subscription, cursors, DUE_LIMIT);
    const due = [...inner, ...(await dueNow(engine, subscription, DUE_LIMIT))].slice(0, DUE_LIMIT);
    const left = due.filter((record) => isVoid(record, subscription));
    if (left.length === 0) return due;
    // On a conflict another process has changed one of them; the next look shows those that are left.
    await progress.move(subscription, { remove: await withLedTo(engine, subscription, left) });
    const live = due.filter((record) => !isVoid(record, subscription));
    if (live.length > 0 || due.length < DUE_LIMIT) return live;
  }
  return undefined;
}

/** With what hints among them lead to: nothing else would find it before the time in its id. */
async function withLedTo(
  { progress }: Engine,
  subscription: Subscription,
  left: readonly Due[],
): Promise<readonly Due[]> {
  const known = new Set(left.map(({ id }) => id));
  const ids = new Set(left.flatMap((one) => (one.kind === "hint" ? [one.leaseId] : [])));
  const found = await Promise.all([...ids].map((id) => progress.get(subscription, id)));
  const ledTo = found.flatMap((one) => {
    const isInner = one?.kind === "lease" && one.isInner === true;
    return !one || isInner || known.has(one.id) || !isVoid(one, subscription) ? [] : [one];
  });
  return [...left, ...ledTo];
}

/**
 * Picks a record at random, because others look too, and adds records of its partition that fit into the same lease.
 * Skips those that do not fit: the rest of a group becomes one record, which would grow with each look until no item
 * could hold it. undefined if the record was a hint to a lease that is gone; removes the hint.
 */
async function groupOf(
  engine: Engine,
  subscription: Subscription,
  due: readonly Due[],
  maxMessages: number,
): Promise<DueGroup | undefined> {
  const { random, progress, clock } = engine;
  // What nobody has had yet was left by a consumer that lost races: it is new, and does not wait behind what failed.
  const fresh = due.flatMap((record, index) => (isUntouched(record) ? [index] : []));
  const start = fresh.length > 0 ? (fresh[random.below(fresh.length)] as number) : random.below(due.length);
  const chosen = due[start] as Due;
  const hintsTo = (leaseIds: ReadonlySet<string>): readonly Hint[] =>
    due
      .flatMap((one) => (one.kind === "hint" && leaseIds.has(one.leaseId) ? [one] : []))
      .slice(0, HINTS_LIMIT);
  const first = chosen.kind === "hint" ? await progress.get(subscription, chosen.leaseId) : chosen;
  if (!first || first.kind === "hint" || isVoid(first, subscription) || first.dueMs > clock.nowMs()) {
    // If the clock was set back since the look, its lease is there and the hint is still needed.
    const neededFromMs =
      first && first.kind !== "hint" && !isVoid(first, subscription) ? first.dueMs : Infinity;
    const hints = chosen.kind === "hint" ? hintsTo(new Set([chosen.leaseId])) : [];
    const remove = hints.filter(({ dueMs }) => dueMs < neededFromMs);
    if (remove.length > 0) await progress.move(subscription, { remove });
    return undefined;
  }
  const rotated = [...due.slice(start + 1), ...due.slice(0, start)];
  const records = together(first, rotated, maxMessages);
  return { records, hints: hintsTo(new Set(records.map(({ id }) => id))), inOrder: false };
}

function together(
  first: Holding,
  others: readonly Due[],
  maxMessages: number,
): readonly [Holding, ...Holding[]] {
  const group: [Holding, ...Holding[]] = [first];
  let messages = spanLength(openSpans(first));
  let items = itemsOf(first);
  for (const record of others) {
    if (messages >= maxMessages || items >= TOGETHER_LIMIT) break;
    if (record.kind === "hint" || record.id === first.id) continue;
    if (record.partition !== first.partition || record.epoch !== first.epoch) continue;
    const more = spanLength(openSpans(record));
    if (messages + more > maxMessages) continue;
    group.push(record);
    messages += more;
    items += itemsOf(record);
  }
  return group;
}

const isUntouched = ({ kind, spans }: Due): boolean =>
  kind === "retry" && spans.every(({ attempt }) => attempt === 0);

const itemsOf = ({ spans }: Holding): number => (spans.some(({ dueMs }) => dueMs !== undefined) ? 2 : 1);

async function handOutAgain(
  engine: Engine,
  { topic, subscription }: Reader,
  group: DueGroup,
  take: Take,
): Promise<Taken> {
  const { partition } = group.records[0];
  const isPulled = subscription.target.type === "pull";
  const wanted = dueSpans(group.records, engine.clock.nowMs(), { inOrder: false, isPulled });
  const dead = wanted.filter((span) => isOver(span, subscription));
  if (dead.length > 0)
    return await bury(engine, { topic, subscription }, { ...group, wanted, dead }, take, ({ move }) =>
      movedOut(move),
    );
  if (take.onlyBuries || mustWait(wanted, take)) return { kind: "empty" };
  const { entries, ...read } = await readDue(engine, { topic, subscription, partition }, wanted, {
    ...take,
    skipsTroubles: true,
  });
  if (isTooLarge(wanted, read.left)) return { kind: "empty" };
  const { move, lease } = takeAgain(
    group,
    { ...read, wanted, entries: takeables(entries) },
    takingOf(engine, take),
  );
  const outcome = await engine.progress.move(subscription, movedOut(move));
  if (outcome === "moved") tellExpired(engine, { topic, subscription }, partition, move.expired);
  // If nothing of it could be handed out, the consumer looks again, as after a lost race.
  if (outcome === "conflict" || !lease) return { kind: "lost" };
  return takenAgain(subscription, lease, entries);
}
