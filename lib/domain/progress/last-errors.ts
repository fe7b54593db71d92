import type { Span } from "./spans.js";

/** What a consumer says of a failure is kept up to here. */
export const LAST_ERROR_LIMIT_BYTES = 1_024;
/** All that is said in one record: it stays far below what an item can have, beside a thousand spans. */
const RECORD_ERRORS_LIMIT_BYTES = 64 * 1_024;

/** The text up to so many bytes of UTF-8, without half a character at its end. */
export function shortened(text: string, limitBytes = LAST_ERROR_LIMIT_BYTES): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= limitBytes) return text;
  let end = limitBytes;
  while (end > 0 && ((bytes[end] ?? 0) & 0b1100_0000) === 0b1000_0000) end--;
  return bytes.subarray(0, end).toString("utf8");
}

/** The spans with errors so short that a record can hold them all: the more of them, the shorter. */
export function withErrorsThatFit(spans: readonly Span[]): Span[] {
  const errors = new Set(spans.flatMap(({ lastError }) => lastError ?? []));
  const sizeBytes = [...errors].reduce((sum, error) => sum + Buffer.byteLength(error), 0);
  if (sizeBytes <= RECORD_ERRORS_LIMIT_BYTES) return [...spans];
  const limitBytes = Math.floor(RECORD_ERRORS_LIMIT_BYTES / errors.size);
  return spans.map((span) =>
    span.lastError === undefined ? span : { ...span, lastError: shortened(span.lastError, limitBytes) },
  );
}
