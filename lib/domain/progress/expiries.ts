import { type Span, joinSpans, offsetsIn, spanAt } from "./spans.js";

/** Spans that a record has more, for its messages' expiries: some 80 bytes each, paid for with every write of it. */
const EXPIRY_SPANS = 20;
/** The same where rounding is no help, since messages that expire alternate with others that do not. */
const EXPIRY_SPANS_AT_MOST = 200;
/** Expiries are rounded up to these, the finest that is enough. */
const ROUNDED_TO_MS = [1, 1_000, 10_000, 60_000, 600_000, 3_600_000, 86_400_000];

/**
 * The spans with so few different expiries that they add little to a record. The more of them there are, the coarser:
 * rounded up, so that nothing that lives passes for expired. They are left out where there would be too many even so.
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

/** To be read: messages that lie together are read together, whenever they expire. */
export const withoutExpiries = (spans: readonly Span[]): Span[] =>
  joinSpans(spans.map(({ expiresAtMs: _, ...span }) => span));

/** The spans with the expiries that `known` have for their messages. */
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
