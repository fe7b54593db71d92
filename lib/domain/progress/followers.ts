import type { Offset } from "../slot.js";
import { chainKey } from "./chains.js";
import { deadlineOf } from "./deadlines.js";
import { isHold } from "./holds.js";
import { type Holding, openSpans } from "./records.js";
import { type Span, changeAt, offsetsIn } from "./spans.js";

/**
 * When the messages of a key that wait in a retry behind the changed ones are due from now on. What was never handed
 * out waits for nothing but those before it, so it is due with whatever is left of them. `changed`: by message, when it
 * is due now; undefined if it is gone.
 */
export function followersOf(
  record: Holding,
  changed: ReadonlyMap<Offset, number | undefined>,
  nowMs: number,
): ReadonlyMap<Offset, number> {
  const followers = new Map<Offset, number>();
  if (record.kind !== "retry" || chainKey(record.id) === undefined) return followers;
  let waitedForMs = -Infinity;
  let freeMs = nowMs;
  for (const span of openSpans(record)) {
    const dueMs = deadlineOf(record, span);
    for (const offset of offsetsIn([span])) {
      if (changed.has(offset)) {
        waitedForMs = Math.max(waitedForMs, dueMs);
        freeMs = Math.max(freeMs, changed.get(offset) ?? freeMs);
      } else if (!isHold(span) && span.attempt === 0 && dueMs <= waitedForMs)
        followers.set(offset, Math.min(freeMs, dueMs));
      else freeMs = Math.max(freeMs, dueMs);
    }
  }
  return followers;
}

/** The spans with these deadlines, by message. */
export const dueAt = (spans: readonly Span[], times: ReadonlyMap<Offset, number>): Span[] =>
  changeAt(spans, new Map([...times].map(([at, dueMs]) => [at, (span: Span) => ({ ...span, dueMs })])));
