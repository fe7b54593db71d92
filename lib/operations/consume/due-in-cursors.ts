import type { Cursor, Lease } from "../../domain/progress/records.js";
import type { Subscription } from "../../domain/subscription.js";
import type { Engine } from "../engine.js";
import { cursorIn } from "./known-cursors.js";

/** By partition, as a process remembers them. */
export type KnownCursors = Map<number, Cursor>;

/**
 * The leases in the cursors that have run out. What a process remembers of a cursor is enough to know when one may be
 * due, as its leases come with its moves, and change only by leaving. Whether it is still there is then read, until
 * `limit` are found.
 */
export async function dueInCursors(
  { progress, clock }: Engine,
  subscription: Subscription,
  cursors: KnownCursors,
  limit: number,
): Promise<readonly Lease[]> {
  const nowMs = clock.nowMs();
  const dueIn = ({ inner = [] }: Cursor): readonly Lease[] => inner.filter(({ dueMs }) => dueMs <= nowMs);
  const found: Lease[] = [];
  for (const [partition, known] of cursors) {
    if (found.length >= limit) break;
    if (dueIn(known).length === 0) continue;
    const cursor = cursorIn(subscription, partition, await progress.cursor(subscription, partition));
    cursors.set(partition, cursor);
    found.push(...dueIn(cursor));
  }
  return found;
}
