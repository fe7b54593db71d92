import type { DueGroup } from "../../domain/moves/take.js";
import { countTogether, isSuspect } from "../../domain/progress/blame.js";
import { type Span, spanLength, splitSpans } from "../../domain/progress/spans.js";
import type { Engine } from "../engine.js";
import type { SubscriptionPartition } from "../log/read-mended.js";
import { type SpansRead, readSpans } from "../log/read-spans.js";
import { endTrouble, isTrouble, noteTrouble } from "../log/troubles.js";
import type { Take, Taken } from "./take.js";

/** Lets a record whose messages cannot be read rest for a while, so that others get their turn. */
export async function withTroubles(
  engine: Engine,
  { records: [{ id }] }: DueGroup,
  work: () => Promise<Taken>,
): Promise<Taken> {
  try {
    const taken = await work();
    endTrouble(engine, `record ${id}`);
    return taken;
  } catch (error) {
    if (isTrouble(error)) noteTrouble(engine, `record ${id}`, error);
    throw error;
  }
}

/**
 * Reads as many of the due messages as fit into one lease, and may be in it together. With `skipsTroubles`, those that
 * cannot be read now do not hold up those behind them.
 */
export async function readDue(
  engine: Engine,
  partition: SubscriptionPartition,
  wanted: readonly Span[],
  take: Take & { readonly skipsTroubles?: boolean },
): Promise<SpansRead> {
  if (wanted.length === 0) return { entries: [], setAside: [], left: [] };
  const { maxMessages, maxApart = maxMessages } = take;
  const count = isSuspect(wanted) ? Math.min(maxApart, countTogether(wanted)) : maxMessages;
  const [first, beyond] = splitSpans(wanted, count);
  const read = await readSpans(engine, partition, first, take);
  return { ...read, left: [...read.left, ...beyond] };
}

/** Whether the messages must be handed out apart from those that were taken before. */
export const mustWait = (wanted: readonly Span[], { isContinued }: Take): boolean =>
  isContinued === true && isSuspect(wanted);

/** Whether nothing was read, because not even the first message fits beside those taken before. */
export const isTooLarge = (wanted: readonly Span[], left: readonly Span[]): boolean =>
  wanted.length > 0 && spanLength(wanted) === spanLength(left);
