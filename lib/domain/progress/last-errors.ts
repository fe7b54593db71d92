import { shortened } from "./shortened.js";
import type { Span } from "./spans.js";

/** The most for all error texts of one record, which leaves room in an item beside a thousand spans. */
const RECORD_ERRORS_LIMIT_BYTES = 64 * 1_024;

/** Shortens the spans' errors so that one record can hold them all: the more there are, the shorter. */
export function withErrorsThatFit(spans: readonly Span[]): Span[] {
  const errors = new Set(spans.flatMap(({ lastError }) => lastError ?? []));
  const sizeBytes = [...errors].reduce((sum, error) => sum + Buffer.byteLength(error), 0);
  if (sizeBytes <= RECORD_ERRORS_LIMIT_BYTES) return [...spans];
  const limitBytes = Math.floor(RECORD_ERRORS_LIMIT_BYTES / errors.size);
  return spans.map((span) =>
    span.lastError === undefined ? span : { ...span, lastError: shortened(span.lastError, limitBytes) },
  );
}
