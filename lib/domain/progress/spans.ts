import { invariant } from "../invariant.js";
import type { Offset } from "../slot.js";
import type { Span } from "./records.js";

export const spanLength = (spans: readonly Span[]): number =>
  spans.reduce((sum, { from, to }) => sum + (to - from), 0);

/** The spans without the offsets of `gone`. `slotBase` stays: a read from it finds the rest. */
export function without(spans: readonly Span[], gone: ReadonlySet<Offset>): Span[] {
  const rest: Span[] = [];
  for (const span of spans) {
    let from = span.from;
    // The end of a span ends what is left of it as an offset that is gone does.
    const ends = [...gone, span.to].filter((at) => at >= span.from && at <= span.to).sort((a, b) => a - b);
    for (const to of ends) {
      if (from < to) rest.push({ ...span, from, to });
      from = to + 1;
    }
  }
  return rest;
}

/** The first `count` offsets, and the others. */
export function splitSpans(spans: readonly Span[], count: number): [taken: Span[], left: Span[]] {
  invariant(count > 0, "a split takes something");
  const taken: Span[] = [];
  const left: Span[] = [];
  let room = count;
  for (const span of spans) {
    const length = span.to - span.from;
    if (room >= length) taken.push(span);
    else if (room <= 0) left.push(span);
    else {
      taken.push({ ...span, to: span.from + room });
      left.push({ ...span, from: span.from + room });
    }
    room -= Math.min(room, length);
  }
  return [taken, left];
}

/** Neighbours with the same past become one. */
export function joinSpans(spans: readonly Span[]): Span[] {
  const joined: Span[] = [];
  for (const span of spans) {
    const last = joined.at(-1);
    const isSame = last?.attempt === span.attempt && last.firstReceivedAtMs === span.firstReceivedAtMs;
    if (isSame && last.to === span.from) joined[joined.length - 1] = { ...last, to: span.to };
    else joined.push(span);
  }
  return joined;
}
