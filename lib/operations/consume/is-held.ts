import type { Cursor } from "../../domain/progress/records.js";
import type { Subscription } from "../../domain/subscription.js";
import type { Engine } from "../engine.js";

/**
 * With ordering, nothing in a partition is handed out while a record before it is open, leased or waiting for a retry.
 */
export async function isHeld(
  { progress }: Engine,
  subscription: Subscription,
  { open = [] }: Cursor,
): Promise<boolean> {
  for (const id of open) {
    if (await progress.get(subscription, id)) return true;
  }
  return false;
}
