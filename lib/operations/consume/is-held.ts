import type { Cursor, Due } from "../../domain/progress/records.js";
import type { Subscription } from "../../domain/subscription.js";
import type { Engine } from "../engine.js";

/**
 * With ordering, nothing in a partition is handed out while a record before it is open, leased or waiting for a retry.
 */
export const isHeld = async (engine: Engine, subscription: Subscription, cursor: Cursor): Promise<boolean> =>
  (await holderOf(engine, subscription, cursor)) !== undefined;

/** The lease or retry that holds the partition. */
export async function holderOf(
  { progress }: Engine,
  subscription: Subscription,
  { open = [] }: Cursor,
): Promise<Due | undefined> {
  for (const id of open) {
    const record = await progress.get(subscription, id);
    if (record) return record;
  }
  return undefined;
}
