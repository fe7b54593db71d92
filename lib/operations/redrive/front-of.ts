import type { DeadLetterEntry } from "../../domain/dead-letter.js";
import type { Front } from "../../domain/moves/redrive.js";
import { keyHash } from "../../domain/progress/chains.js";
import { type Cursor, type Holding, OPEN_AT_MOST } from "../../domain/progress/records.js";
import { spanLength } from "../../domain/progress/spans.js";
import type { Subscription } from "../../domain/subscription.js";
import { ListedKeys } from "../consume/listed-keys.js";
import type { Engine } from "../engine.js";

/**
 * Where dead letters of one ordered partition go that are sent again: into the place that their keys hold for them, or
 * before what waits of their keys. undefined if so many keys wait, or so much of one of these, that nothing more goes
 * before it; what a key holds for is always sent.
 */
export async function frontOf(
  engine: Engine,
  subscription: Subscription,
  cursor: Cursor,
  letters: readonly DeadLetterEntry[],
): Promise<Front | undefined> {
  const keys = new ListedKeys(engine, subscription, cursor);
  const held = new Map<string, Holding>();
  const holders = new Map<string, Holding>();
  for (const letter of letters) {
    const record = await keys.holdOf(letter);
    if (record) held.set(letter.id, record);
  }
  const others = letters.filter(({ id }) => !held.has(id));
  for (const hash of new Set(others.map(({ key }) => keyHash(key)))) {
    const holder = await keys.holderOf(hash);
    const isFull = (cursor.open?.length ?? 0) >= OPEN_AT_MOST;
    if (!holder && isFull) return undefined;
    if (!holder) continue;
    if (spanLength(holder.spans) + others.length > engine.settings.parkedAtMost) return undefined;
    holders.set(hash, holder);
  }
  const whole = await keys.wholeHolder();
  return { cursor, holders, held, ...(whole ? { whole } : {}) };
}
