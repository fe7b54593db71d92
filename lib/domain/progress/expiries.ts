import { type Span, joinSpans, offsetsIn, spanAt } from "./spans.js";

/** The most spans that expiries may add to a record: about 80 bytes each, paid for with every write of the record. */
const EXPIRY_SPANS = 20;
/** The most if rounding does not help, because messages with and without an expiry alternate. */
const EXPIRY_SPANS_AT_MOST = 200;
/** Expiries are rounded up to one of these steps: the finest that suffices. */
const ROUNDED_TO_MS = [1, 1_000, 10_000, 60_000, 600_000, 3_600_000, 86_400_000];

/**
 * Limits what the messages' expiries add to a record. The more different expiries there are, the more coarsely they are
 * rounded up, so that no live message counts as expired. If even that is too much, leaves the expiries out.
 */
export function withExpiriesThatFit(spans: readonly Span[]): Span[] {
  const without = withoutExpiries(spans);
  for (const stepMs of ROUNDED_TO_MS) {
    const rounded = joinSpans(spans.map((span) => roundedUp(span, stepMs)));
    if (rounded.length <= without.length + EXPIRY_SPANS) return rounded;
  }
  const exact = joinSpans(spans);
  return exact.length <= without.length + EXPIRY_SPANS_AT_MOST ? exact : without;
}

/** The spans for reading: neighbours are read together, whatever their expiries. */
export const withoutExpiries = (spans: readonly Span[]): Span[] =>
  joinSpans(spans.map(({ expiresAtMs: _, ...span }) => span));

/** Adds the expiries that `known` has for the messages of the spans. */
export const withExpiriesOf = (spans: readonly Span[], known: readonly Span[]): Span[] =>
  joinSpans(
    spans.flatMap((span) =>
      offsetsIn([span]).map((from) => {
        const expiresAtMs = spanAt(known, from)?.expiresAtMs;
        return { ...span, from, to: from + 1, ...(expiresAtMs === undefined ? {} : { expiresAtMs }) };
      }),
    ),
  );

const roundedUp = (span: Span, stepMs: number): Span =>
  span.expiresAtMs === undefined
    ? span
    : { ...span, expiresAtMs: Math.ceil(span.expiresAtMs / stepMs) * stepMs };
