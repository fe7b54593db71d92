import type { Place } from "../../domain/place.js";
import type { Cursor } from "../../domain/progress/records.js";
import { type Subscription, subscriptionKey } from "../../domain/subscription.js";
import type { Engine } from "../engine.js";
import { filterText } from "../filter-in-force.js";

/**
 * So many messages that nobody wants may lie behind a stored head. A process that does not know this reads them again;
 * to move the head past them costs a write.
 */
export const LEFT_OUT_AT_MOST = 1_000;

/** Where to read from, and how many messages lie between the stored head and there, all of them left out. */
export interface ReadFrom extends Place {
  readonly leftOut: number;
  /** The filter by which they are; undefined if there is none. */
  readonly filter: string | undefined;
}

/**
 * Where a partition goes on behind what this process knows to be left out. It knows that only of this very head, and by
 * the filter that holds.
 */
export function readFrom(
  engine: Engine,
  subscription: Subscription,
  partition: number,
  cursor: Cursor,
): ReadFrom {
  const filter = filterText(engine, subscription);
  const { head, slotBase, version, epoch } = cursor;
  if (filter === undefined) return { head, slotBase, leftOut: 0, filter };
  const known = engine.caches.leftOut.get(keyOf(subscription, partition));
  const isOfThis = known?.version === version && known.epoch === epoch && known.filter === filter;
  if (!isOfThis) return { head, slotBase, leftOut: 0, filter };
  return { ...known.place, leftOut: known.messages, filter };
}

/** Remembers that nothing from the stored head to `next` matches the filter. */
export function noteLeftOut(
  { caches }: Engine,
  subscription: Subscription,
  partition: number,
  { epoch, version }: Cursor,
  { next, messages, filter }: { readonly next: Place; readonly messages: number; readonly filter: string },
): void {
  const place = { head: next.head, slotBase: next.slotBase };
  caches.leftOut.set(keyOf(subscription, partition), { epoch, version, filter, place, messages });
}

const keyOf = (subscription: Subscription, partition: number): string =>
  `${subscriptionKey(subscription)}#${partition}`;
