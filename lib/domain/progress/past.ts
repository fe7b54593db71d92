import { FAILURES_KEPT, lastOf } from "./failures.js";
import { withErrorsThatFit } from "./last-errors.js";
import { type Span, joinSpans } from "./spans.js";

/** The most that a record has for all of its messages' failures. */
const RECORD_FAILURES_BYTES = 8 * 1_024;
/** The most spans that failures may add to a record, since neighbours with another past cannot be joined. */
const FAILURE_SPANS = 20;
/** Where a record has too many different times, they are rounded down to one of these steps. */
const ROUNDED_TO_MS = [1, 1_000, 10_000, 60_000] as const;
export const FAILURE_TIME_STEP_MS = 60_000;
/** If that is not enough, fewer failures are kept: the last ones. */
const FEWER_KEPT = [FAILURES_KEPT, 6, 3, 1] as const;

/** Cuts what spans have of their past so that one record can hold it, and costs little more than without. */
export const withPastThatFits = (spans: readonly Span[]): Span[] =>
  withFailuresThatFit(withErrorsThatFit(spans));

/**
 * Limits what the messages' failures add to a record. The more different ones there are, the more coarsely their times
 * are rounded, and the fewer of them are kept. What never failed costs nothing.
 */
export function withFailuresThatFit(spans: readonly Span[]): Span[] {
  if (spans.every(({ failures }) => failures === undefined)) return [...spans];
  const without = joinSpans(spans.map(({ failures: _, ...span }) => span));
  for (const count of FEWER_KEPT) {
    for (const stepMs of ROUNDED_TO_MS) {
      const cut = joinSpans(spans.map((span) => withFailuresCut(span, count, stepMs)));
      if (cut.length <= without.length + FAILURE_SPANS && failuresBytes(cut) <= RECORD_FAILURES_BYTES)
        return cut;
    }
  }
  return without;
}

function withFailuresCut(span: Span, count: number, stepMs: number): Span {
  if (span.failures === undefined) return span;
  const failures = lastOf(span.failures, count).map((one) => ({
    ...one,
    atMs: Math.floor(one.atMs / stepMs) * stepMs,
  }));
  return { ...span, failures };
}

/** Of a number and what divides it from the next one. */
const TIME_BYTES = 14;
const NUMBERS_BYTES = 12;

/** About what they take in a stored record, in which the same ones, and the same texts, are there once. */
function failuresBytes(spans: readonly Span[]): number {
  const errors = new Set<string>();
  const different = new Map<string, number>();
  for (const { failures = [] } of spans) {
    if (failures.length === 0) continue;
    different.set(JSON.stringify(failures), failures.length);
    for (const { error } of failures) if (error !== undefined) errors.add(error);
  }
  const texts = [...errors].reduce((sum, error) => sum + Buffer.byteLength(error), 0);
  const entries = [...different.values()].reduce((sum, count) => sum + count, 0);
  return texts + entries * (TIME_BYTES + NUMBERS_BYTES);
}
