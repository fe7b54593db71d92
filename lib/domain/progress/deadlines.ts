import { invariant } from "../invariant.js";
import { isHold } from "./holds.js";
import { type Due, type Hint, type Holding, dueId, openSpans, timeInId } from "./records.js";
import { type Span, joinSpans } from "./spans.js";

/**
 * The deadline of a span of `record`. What is parked in a lease waits for the lease's deadline, and its own time. What
 * stands for a dead letter waits as long as that may be there.
 */
export const deadlineOf = ({ dueMs }: Pick<Due, "dueMs">, span: Span): number =>
  Math.max(span.dueMs ?? dueMs, span.parkedUntilMs ?? 0, span.heldUntilMs ?? 0);

/** The record's spans, each with its own deadline. */
export const withDeadlines = (record: Holding): Span[] =>
  record.spans.map((span) => ({ ...span, dueMs: deadlineOf(record, span) }));

/**
 * The next version of the record, with other spans that each have a deadline. The earliest deadline that is still open
 * becomes the record's; a span keeps its own only if it is later. Some of it must be open.
 */
export function redated<T extends Holding>(record: T, spans: readonly Span[]): T {
  const open = openSpans({ spans, done: record.done });
  invariant(open.length > 0, "a record of which nothing is open is removed");
  const dueMs = Math.min(...open.map((span) => deadlineOf(record, span)));
  const own = spans.map(({ dueMs: spanDueMs = dueMs, ...span }) =>
    spanDueMs > dueMs ? { ...span, dueMs: spanDueMs } : span,
  );
  return { ...record, spans: joinSpans(own), dueMs, version: record.version + 1 };
}

/**
 * The hint needed for a record to be found when it is due. None is needed if it is due no sooner than `before`, or its
 * id, says: until both times looks may pass it by (lib/operations/consume/due-now.ts). Nor if there already is a hint
 * for `hintedMs`.
 */
export function hintFor(before: Holding, after: Holding, nonce: () => string, hintedMs?: number): Hint[] {
  const isFound = after.dueMs >= Math.max(timeInId(after.id), before.dueMs) || after.dueMs === hintedMs;
  if (isFound) return [];
  const { partition, epoch, dueMs } = after;
  const id = dueId(dueMs, nonce());
  return [{ kind: "hint", id, leaseId: after.id, partition, epoch, spans: [], done: [], version: 1, dueMs }];
}

/**
 * Splits a record into what is due and what stays. With `inOrder` nothing overtakes what lies before it, so the due
 * part ends at the first span that is not due. What stands for a dead letter is never due: it is not handed out.
 */
export function splitByDeadline(
  record: Holding,
  nowMs: number,
  options: { readonly inOrder: boolean },
): readonly [due: Span[], kept: Span[]] {
  const open = openSpans(record);
  const isDue = (span: Span): boolean => !isHold(span) && deadlineOf(record, span) <= nowMs;
  if (!options.inOrder) return [open.filter(isDue), open.filter((span) => !isDue(span))];
  const end = open.findIndex((span) => !isDue(span));
  return end < 0 ? [open, []] : [open.slice(0, end), open.slice(end)];
}
