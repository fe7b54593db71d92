import { invariant } from "../invariant.js";
import { type Due, type Hint, type Holding, dueId, openSpans, timeInId } from "./records.js";
import { type Span, joinSpans } from "./spans.js";

/** The deadline of a span of `record`. */
export const deadlineOf = ({ dueMs }: Pick<Due, "dueMs">, span: Span): number => span.dueMs ?? dueMs;

/** The record's spans, each with its deadline. */
export const withDeadlines = (record: Holding): Span[] =>
  record.spans.map((span) => ({ ...span, dueMs: deadlineOf(record, span) }));

/**
 * The record one version later, with other spans, of which each has its deadline: the earliest of what is open becomes
 * the record's own, and only a later one stays with its span. Something is open.
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
 * What has to be put beside a record that was redated, so that it is found when it is due: nothing where its id says
 * so, or a hint that there is for `hintedMs`.
 */
export function hintFor(after: Holding, nonce: () => string, hintedMs?: number): Hint[] {
  const isFound = after.dueMs >= timeInId(after.id) || after.dueMs === hintedMs;
  if (isFound) return [];
  const { partition, epoch, dueMs } = after;
  const id = dueId(dueMs, nonce());
  return [{ kind: "hint", id, leaseId: after.id, partition, epoch, spans: [], done: [], version: 1, dueMs }];
}

/**
 * What of a record is due, and what stays in it. With `inOrder` nothing overtakes what lies before it: the due ones
 * end at the first that is not.
 */
export function splitByDeadline(
  record: Holding,
  nowMs: number,
  options: { readonly inOrder: boolean },
): readonly [due: Span[], kept: Span[]] {
  const open = openSpans(record);
  const isDue = (span: Span): boolean => deadlineOf(record, span) <= nowMs;
  if (!options.inOrder) return [open.filter(isDue), open.filter((span) => !isDue(span))];
  const end = open.findIndex((span) => !isDue(span));
  return end < 0 ? [open, []] : [open.slice(0, end), open.slice(end)];
}
