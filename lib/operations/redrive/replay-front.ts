import type { Front } from "../../domain/moves/redrive.js";
import { keyHash } from "../../domain/progress/chains.js";
import { type Cursor, type Holding, OPEN_AT_MOST, openSpans } from "../../domain/progress/records.js";
import { spanAt, spanLength } from "../../domain/progress/spans.js";
import { KEYS_IN_A_MOVE } from "../../domain/replay-job.js";
import type { Offset } from "../../domain/slot.js";
import type { Subscription } from "../../domain/subscription.js";
import { ListedKeys } from "../consume/listed-keys.js";
import type { Engine } from "../engine.js";
import type { Candidate } from "./stretch.js";

/** Messages of an ordered partition that can come again now. */
export interface Fitting {
  /** The first of the candidates: those behind them have no room yet. */
  readonly candidates: readonly Candidate[];
  /** Those of them that come anyway. */
  readonly underWay: ReadonlySet<Offset>;
  readonly front: Front;
}

/** How many of the candidates have room beside what waits of their keys, and into which records they go. */
export async function replayFront(
  engine: Engine,
  subscription: Subscription,
  cursor: Cursor,
  candidates: readonly Candidate[],
): Promise<Fitting> {
  const keys = new ListedKeys(engine, subscription, cursor);
  const whole = await keys.wholeHolder();
  const holders = new Map<string, Holding>();
  const waiting = new Map<string, number>();
  const underWay = new Set<Offset>();
  let fresh = 0;
  const fitting: Candidate[] = [];
  for (const candidate of candidates) {
    const { key, offset } = candidate.message;
    const hash = keyHash(key);
    const isNew = !waiting.has(hash);
    const holder = isNew ? await keys.holderOf(hash) : holders.get(hash);
    const isOpen = [whole, holder].some((record) => record && spanAt(openSpans(record), offset));
    if (isOpen) underWay.add(offset);
    else {
      const before = waiting.get(hash) ?? (holder ? spanLength(holder.spans) : 0);
      const isFull =
        before >= engine.settings.parkedAtMost ||
        (isNew && waiting.size >= KEYS_IN_A_MOVE) ||
        (isNew && !holder && (cursor.open?.length ?? 0) + fresh >= OPEN_AT_MOST);
      if (isFull) break;
      waiting.set(hash, before + 1);
      if (holder) holders.set(hash, holder);
      else if (isNew) fresh++;
    }
    fitting.push(candidate);
  }
  return { candidates: fitting, underWay, front: { cursor, holders, ...(whole ? { whole } : {}) } };
}
