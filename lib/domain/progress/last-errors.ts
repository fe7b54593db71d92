import type { Span } from "./spans.js";

/** The most that is kept of a consumer's error text. */
export const LAST_ERROR_LIMIT_BYTES = 1_024;
/** The most for all error texts of one record, which leaves room in an item beside a thousand spans. */
const RECORD_ERRORS_LIMIT_BYTES = 64 * 1_024;

/** The text cut to this many bytes of UTF-8, without half a character at its end. */
export function shortened(text: string, limitBytes = LAST_ERROR_LIMIT_BYTES): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= limitBytes) return text;
  let end = limitBytes;
  while (end > 0 && ((bytes[end] ?? 0) & 0b1100_0000) === 0b1000_0000) end--;
  return bytes.subarray(0, end).toString("utf8");
}

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
