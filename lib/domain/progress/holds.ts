import { type Due, openSpans } from "./records.js";
import { type Span, offsetsIn, spanAt } from "./spans.js";
import type { Offset } from "../slot.js";

/**
 * A key that holds has a span in its record that stands for its dead letter, in the place of the message. What waits
 * behind it is not due before it is. It goes when the dead letter does, in the same move; or when that has expired
 * (docs/decisions/0048-a-key-may-hold.md).
 */
export const isHold = ({ heldUntilMs }: Pick<Span, "heldUntilMs">): boolean => heldUntilMs !== undefined;

/** Whether anything of the record stands for a dead letter that has expired. */
export const hasLapsedHold = (record: Pick<Due, "spans" | "done">, nowMs: number): boolean =>
  openSpans(record).some(({ heldUntilMs = Infinity }) => heldUntilMs <= nowMs);

/** The places of all that has. */
export const lapsedHolds = (record: Pick<Due, "spans" | "done">, nowMs: number): ReadonlySet<Offset> =>
  new Set(offsetsIn(openSpans(record).filter(({ heldUntilMs = Infinity }) => heldUntilMs <= nowMs)));

/** Whether the first that is open in the record stands for a dead letter. */
export function isHeldInFront(record: Pick<Due, "spans" | "done">): boolean {
  const [first] = openSpans(record);
  return first !== undefined && isHold(first);
}

/** Whether it stands for the dead letter of this message. */
export const holdsFor = (record: Pick<Due, "spans" | "done">, offset: Offset): boolean =>
  isHold(spanAt(openSpans(record), offset) ?? {});

/** Whether the message waits behind a dead letter of its key. Of a record of several keys, `keyAt` says which it is. */
export const isBehindHold = (
  record: Pick<Due, "spans" | "done">,
  { from, keyAt = 0 }: Pick<Span, "from" | "keyAt">,
): boolean =>
  openSpans(record).some((span) => isHold(span) && span.from < from && (span.keyAt ?? 0) === keyAt);
