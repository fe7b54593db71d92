import type { Cursor } from "../../domain/progress/records.js";
import type { Subscription } from "../../domain/subscription.js";
import type { Engine } from "../engine.js";

/**
 * With ordering, a partition has one lease at a time: while it is there, whether leased or waiting for a retry, nothing
 * overtakes it.
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
