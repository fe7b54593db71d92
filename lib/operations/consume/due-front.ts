import { LETTERS_IN_A_MOVE } from "../../domain/dead-letter.js";
import type { DueGroup, DueRead, TakenAgain } from "../../domain/moves/take.js";
import {
  type Cursor,
  type Due,
  type Hint,
  type Holding,
  isVoid,
  replaceOpen,
} from "../../domain/progress/records.js";
import { type Span, splitSpans } from "../../domain/progress/spans.js";
import type { Reader } from "../../domain/reader.js";
import type { Subscription } from "../../domain/subscription.js";
import type { Engine } from "../engine.js";
import { tellExpired } from "../log/tell-expired.js";
import { bury } from "./bury.js";
import { takeables, takenAgain } from "./lease.js";
import { isTooLarge, mustWait, readDue } from "./read-due.js";
import type { Take, Taken } from "./take.js";

/** The foremost open record of an ordered partition. */
export interface Front {
  /** Without the records that were found to be gone. */
  readonly cursor: Cursor;
  readonly first: Holding;
  /** The ids after it. */
  readonly behind: readonly string[];
}

export async function frontOf(
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

export async function holdingOf(
  { progress }: Pick<Engine, "progress">,
  subscription: Subscription,
  id: string,
): Promise<Holding | undefined> {
  const record = await progress.get(subscription, id);
  return !record || record.kind === "hint" || isVoid(record, subscription) ? undefined : record;
}

/** A record that is taken by itself, with the hints that led to it. */
export const groupOf = (record: Holding, hints: readonly Hint[]): DueGroup => ({
  records: [record],
  hints: hintsTo(record, hints),
  inOrder: true,
});

export const hintsTo = ({ id }: Due, hints: readonly Hint[]): readonly Hint[] =>
  hints.filter(({ leaseId }) => leaseId === id);

/** Hands out again what `taking` makes of the due messages that were read, by one move of the cursor. */
export async function handOutOf(
  engine: Engine,
  { topic, subscription }: Reader,
  { cursor, first }: Pick<Front, "cursor" | "first">,
  wanted: readonly Span[],
  take: Take,
  taking: (due: DueRead) => TakenAgain | Promise<TakenAgain>,
): Promise<Taken> {
  const { partition } = first;
  if (take.onlyBuries || mustWait(wanted, take)) return { kind: "empty" };
  const { entries, ...read } = await readDue(engine, { topic, subscription, partition }, wanted, take);
  if (isTooLarge(wanted, read.left)) return { kind: "empty" };
  const { move, lease, became } = await taking({ ...read, wanted, entries: takeables(entries) });
  const outcome = await engine.progress.move(subscription, {
    ...move,
    cursor: { partition, next: replaceOpen(cursor, became) },
  });
  if (outcome === "moved") tellExpired(engine, { topic, subscription }, partition, move.expired);
  if (outcome === "conflict" || !lease) return { kind: "lost" };
  return takenAgain(subscription, lease, entries);
}

/** The record keeps the rest of its messages in their order. */
export async function buryOf(
  engine: Engine,
  reader: Reader,
  cursor: Cursor,
  group: DueGroup,
  dead: readonly Span[],
  take: Take,
): Promise<Taken> {
  const { partition } = group.records[0];
  const [wanted] = splitSpans(dead, LETTERS_IN_A_MOVE);
  return await bury(engine, reader, { ...group, wanted, dead: wanted }, take, (buried) => ({
    ...buried.move,
    cursor: { partition, next: replaceOpen(cursor, buried.became) },
  }));
}
