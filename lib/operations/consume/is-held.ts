import type { Cursor, Due } from "../../domain/progress/records.js";
import type { Subscription } from "../../domain/subscription.js";
import type { Engine } from "../engine.js";

/** The first lease or retry of those that an ordered partition's cursor lists. */
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
