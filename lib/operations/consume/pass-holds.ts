import { holdKeys, letGoMove } from "../../domain/moves/hold.js";
import { hasLapsedHold, isHeldInFront, lapsedHolds } from "../../domain/progress/holds.js";
import { type Cursor, type Hint, type Holding, replaceOpen } from "../../domain/progress/records.js";
import type { Subscription } from "../../domain/subscription.js";
import type { Engine } from "../engine.js";
import { hintsTo } from "./due-front.js";

/** A due record of an ordered partition, the partition's cursor, and the hints that a look found. */
interface DueRecord {
  readonly cursor: Cursor;
  readonly record: Holding;
  readonly hints: readonly Hint[];
}

/**
 * Lets a key go on whose dead letter has expired: nothing else does, since nobody is there when that happens. `true`:
 * another look may find more.
 */
export async function passLapsed(
  { progress, random }: Engine,
  subscription: Subscription,
  record: Holding,
  nowMs: number,
): Promise<boolean> {
  if (!hasLapsedHold(record, nowMs)) return false;
  const making = { nowMs, nonce: () => random.nonce() };
  await progress.move(subscription, letGoMove(record, lapsedHolds(record, nowMs), making));
  return true;
}

/**
 * Has what waits behind a dead letter of its key wait as long as that is there: it was handed back, or its lease ran
 * out, after the dead letter was made. Else each look would find it.
 */
export async function waitBehindHold(
  { progress, random }: Engine,
  subscription: Subscription,
  { cursor, record, hints }: DueRecord,
  nowMs: number,
): Promise<boolean> {
  if (!isHeldInFront(record)) return false;
  const making = { nowMs, nonce: () => random.nonce() };
  const found = { dead: new Map(), over: new Set<number>(), hints: hintsTo(record, hints) };
  const { move, became } = holdKeys(record, found, { subscription, making });
  const { partition } = record;
  await progress.move(subscription, { ...move, cursor: { partition, next: replaceOpen(cursor, became) } });
  return true;
}
