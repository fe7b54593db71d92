import { letGoMove } from "../../domain/moves/hold.js";
import { isHold } from "../../domain/progress/holds.js";
import { type Due, type Holding, isVoid, openSpans } from "../../domain/progress/records.js";
import { offsetsIn } from "../../domain/progress/spans.js";
import type { Reader } from "../../domain/reader.js";
import { holdsKeys } from "./bury.js";
import type { Engine } from "../engine.js";

const RECORDS_A_PAGE = 100;
/** Well within a transaction. */
const REMOVED_IN_A_MOVE = 50;

export interface Lifting {
  readonly pagesAtMost: number;
  readonly untilMs: number;
}

/**
 * Whether keys may hold that nobody lets go: of before a seek, or of before the setting was changed. A subscription
 * that never held has no such setting at all.
 */
const mayHaveToLift = ({ topic, subscription }: Reader): boolean =>
  topic.ordering === "key" &&
  subscription.deadLetter.onDeadLetter !== undefined &&
  (subscription.epoch > 0 || subscription.deadLetter.onDeadLetter === "release");

/**
 * Lets keys go that hold though they should not: where their subscription holds no more, what waits is due at once, and
 * what a seek made void is removed. Either would lie there as long as its dead letter, since it is not due before.
 * `true`: something may be due now.
 */
export async function liftHolds(
  engine: Engine,
  reader: Reader,
  { pagesAtMost, untilMs }: Lifting,
): Promise<boolean> {
  if (!mayHaveToLift(reader)) return false;
  const { progress, clock } = engine;
  const { subscription } = reader;
  let hasLifted = false;
  let after: string | undefined;
  for (let page = 1; page <= pagesAtMost && clock.nowMs() < untilMs; page++) {
    const { records, lastId } = await progress.records(subscription, {
      limit: RECORDS_A_PAGE,
      ...(after === undefined ? {} : { after }),
    });
    const holding = records.filter(hasHold);
    await removeVoid(engine, reader, holding);
    if (await letAllGo(engine, reader, holding)) hasLifted = true;
    if (lastId === undefined) break;
    after = lastId;
  }
  return hasLifted;
}

const hasHold = (record: Due): record is Holding => record.kind !== "hint" && openSpans(record).some(isHold);

/** What another process has changed meanwhile is left to the next look. */
async function removeVoid(
  { progress }: Engine,
  { subscription }: Reader,
  holding: readonly Holding[],
): Promise<void> {
  const old = holding.filter((record) => isVoid(record, subscription));
  for (let from = 0; from < old.length; from += REMOVED_IN_A_MOVE)
    await progress.move(subscription, { remove: old.slice(from, from + REMOVED_IN_A_MOVE) });
}

async function letAllGo(
  { progress, clock, random }: Engine,
  reader: Reader,
  holding: readonly Holding[],
): Promise<boolean> {
  const { subscription } = reader;
  if (holdsKeys(reader)) return false;
  let isAny = false;
  for (const record of holding.filter((one) => !isVoid(one, subscription))) {
    const making = { nowMs: clock.nowMs(), nonce: () => random.nonce() };
    const ended = new Set(offsetsIn(openSpans(record).filter(isHold)));
    if ((await progress.move(subscription, letGoMove(record, ended, making))) === "moved") isAny = true;
  }
  return isAny;
}
