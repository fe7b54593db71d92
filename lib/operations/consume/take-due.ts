import { type DueGroup, dueSpans, takeAgain } from "../../domain/moves/take.js";
import { type Due, type Hint, type Holding, isVoid, openSpans } from "../../domain/progress/records.js";
import { spanLength } from "../../domain/progress/spans.js";
import type { Reader } from "../../domain/reader.js";
import type { Subscription } from "../../domain/subscription.js";
import type { Engine } from "../engine.js";
import { tellExpired } from "../log/tell-expired.js";
import { isResting } from "../log/troubles.js";
import { handOut, takeables, takingOf } from "./lease.js";
import { isTooLarge, readDue, withTroubles } from "./read-due.js";
import type { Take, Taken } from "./take.js";
import { takeDueInOrder } from "./take-due-in-order.js";

/** Records that are looked at: enough that many consumers at once seldom pick the same. */
const DUE_LIMIT = 50;
/** What one lease takes together, well inside a transaction: a record, and one more where it may keep some of it. */
const TOGETHER_LIMIT = 20;
/** Hints that are removed with their lease; others go as they are found. */
const HINTS_LIMIT = 5;
/** Looks of one call that find nothing but what a seek has left behind; the next call goes on from there. */
const VOID_LOOKS = 10;

/** Hands out again what is due: messages whose deadline has passed, with their attempt counted, and retries. */
export async function takeDue(engine: Engine, reader: Reader, take: Take): Promise<Taken> {
  const due = await lookForDue(engine, reader, take);
  return due === "lost" ? { kind: "lost" } : await takeDueOf(engine, reader, due, take);
}

/** Records that are due; `lost` where there is so much that a seek has left behind that more has to be looked for. */
export async function lookForDue(
  engine: Engine,
  { subscription }: Reader,
  take: Take,
): Promise<readonly Due[] | "lost"> {
  const due = await liveDue(engine, subscription);
  if (!due) return "lost";
  const served = due.filter(({ partition }) => take.serves?.(partition) ?? true);
  // What failed a moment ago waits until nothing else is there.
  const rested = served.filter(({ id }) => !isResting(engine, `record ${id}`));
  return rested.length > 0 ? rested : served;
}

/** The same of records that were looked for just now. */
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
 * What is due and not void. What a seek has left behind is removed as it is found; undefined where there is so much of
 * it that more has to be looked for.
 */
async function liveDue(
  { progress, clock }: Engine,
  subscription: Subscription,
): Promise<readonly Due[] | undefined> {
  for (let look = 1; look <= VOID_LOOKS; look++) {
    const due = await progress.due(subscription, clock.nowMs(), DUE_LIMIT);
    const left = due.filter((record) => isVoid(record, subscription));
    if (left.length === 0) return due;
    // A conflict says that somebody else has changed one of them: the next look shows those that are still there.
    await progress.move(subscription, { remove: left });
    const live = due.filter((record) => !isVoid(record, subscription));
    if (live.length > 0 || due.length < DUE_LIMIT) return live;
  }
  return undefined;
}

/**
 * A record, and those of its partition that fit into the lease with it. Which one is left to chance: others look too.
 * One that does not fit is passed over: what of them is not handed out becomes one record, which would grow with each
 * look until no item could hold it. undefined where it was a hint that leads nowhere any more: it is removed.
 */
async function groupOf(
  engine: Engine,
  subscription: Subscription,
  due: readonly Due[],
  maxMessages: number,
): Promise<DueGroup | undefined> {
  const { random, progress, clock } = engine;
  const start = random.below(due.length);
  const chosen = due[start] as Due;
  const hintsTo = (leaseIds: ReadonlySet<string>): readonly Hint[] =>
    due
      .flatMap((one) => (one.kind === "hint" && leaseIds.has(one.leaseId) ? [one] : []))
      .slice(0, HINTS_LIMIT);
  const first = chosen.kind === "hint" ? await progress.get(subscription, chosen.leaseId) : chosen;
  if (!first || first.kind === "hint" || isVoid(first, subscription) || first.dueMs > clock.nowMs()) {
    await progress.move(subscription, { remove: hintsTo(new Set([(chosen as Hint).leaseId])) });
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

const itemsOf = ({ spans }: Holding): number => (spans.some(({ dueMs }) => dueMs !== undefined) ? 2 : 1);

async function handOutAgain(
  engine: Engine,
  { topic, subscription }: Reader,
  group: DueGroup,
  take: Take,
): Promise<Taken> {
  const { partition } = group.records[0];
  const wanted = dueSpans(group.records, engine.clock.nowMs(), group);
  const { entries, ...read } = await readDue(engine, { topic, partition }, wanted, take);
  if (isTooLarge(wanted, read.left)) return { kind: "empty" };
  const { move, lease } = takeAgain(
    group,
    { ...read, wanted, entries: takeables(entries) },
    takingOf(engine, take),
  );
  const outcome = await engine.progress.move(subscription, move);
  if (outcome === "moved") tellExpired(engine, { topic, subscription }, partition, move.expired);
  // Nothing of it was left to hand out: its consumer looks again, as after a lost race.
  if (outcome === "conflict" || !lease) return { kind: "lost" };
  return { kind: "taken", leases: [lease], handed: handOut(subscription, lease, entries) };
}
