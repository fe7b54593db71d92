import { holdsFor } from "../../domain/progress/holds.js";
import { liveInner } from "../../domain/progress/inner.js";
import { type Cursor, type Due, type Holding, isVoid, openSpans } from "../../domain/progress/records.js";
import { spanAt } from "../../domain/progress/spans.js";
import type { Offset } from "../../domain/slot.js";
import type { Subscription } from "../../domain/subscription.js";
import type { Engine } from "../engine.js";

const RECORDS_A_PAGE = 1_000;
/** A message that moves while the records are read may be missed: then they are read once more. */
const LOOKS = 2;
/** How long one search takes at the most, well within what its caller waits. */
const SEARCH_MS = 10_000;

interface Place {
  readonly partition: number;
  readonly offset: Offset;
}

/** Whether a record has the message at that place open, and not only a dead letter's hold in its stead. */
export const holdingAt =
  (subscription: Subscription, { partition, offset }: Place) =>
  (record: Due): record is Holding =>
    record.kind !== "hint" &&
    record.partition === partition &&
    !isVoid(record, subscription) &&
    spanAt(openSpans(record), offset) !== undefined &&
    !holdsFor(record, offset);

/**
 * The lease or retry that holds a message below the head; undefined if none does. Records are sorted by the time at
 * which they are due, so all of them have to be looked through. `too-many`: there were more than could be read in time.
 */
export async function findHolding(
  { progress, clock }: Engine,
  subscription: Subscription,
  { cursor, ...place }: Place & { readonly cursor: Cursor },
): Promise<Holding | "too-many" | undefined> {
  const holds = holdingAt(subscription, place);
  const inner = liveInner(cursor).find(holds);
  if (inner) return inner;
  const untilMs = clock.nowMs() + SEARCH_MS;
  for (let look = 1; look <= LOOKS; look++) {
    let after: string | undefined;
    do {
      if (clock.nowMs() >= untilMs) return "too-many";
      const page = await progress.records(subscription, {
        limit: RECORDS_A_PAGE,
        ...(after === undefined ? {} : { after }),
      });
      const found = page.records.find(holds);
      if (found) return found;
      after = page.lastId;
    } while (after !== undefined);
  }
  return undefined;
}
