import { messageSizeBytes } from "../../domain/message.js";
import type { SetAside } from "../../domain/progress/records.js";
import type { Span } from "../../domain/progress/spans.js";
import type { Offset } from "../../domain/slot.js";
import type { Engine } from "../engine.js";
import { type RangeLimits, SET_ASIDE_LIMIT, readRange } from "./read-range.js";
import type { Place } from "../../domain/place.js";
import type { SpanEntry } from "./placed-message.js";
import { type SubscriptionPartition, readMended } from "./read-mended.js";

/** What was read of spans: their messages, and the slots that can no longer be read. */
export interface SpansRead {
  readonly entries: readonly SpanEntry[];
  readonly setAside: readonly SetAside[];
  /** Spans that were not read, because the bytes or the unreadable slots reached a limit. */
  readonly left: readonly Span[];
}

type Bytes = Pick<RangeLimits, "maxBytes" | "sizeOf" | "isContinued">;

/**
 * Reads the messages of `spans` up to `maxBytes`. The first message is always read, however large, unless
 * `isContinued`.
 */
export async function readSpans(
  engine: Engine,
  partition: SubscriptionPartition,
  spans: readonly Span[],
  { maxBytes, sizeOf = messageSizeBytes, isContinued = false }: Bytes,
): Promise<SpansRead> {
  const entries: SpanEntry[] = [];
  const setAside = new Map<Offset, SetAside>();
  let sizeBytes = 0;
  for (const [index, span] of spans.entries()) {
    const leftFrom = ({ head, slotBase }: Place): SpansRead => {
      const left = [{ ...span, from: head, slotBase }, ...spans.slice(index + 1)];
      return { entries, setAside: [...setAside.values()], left };
    };
    if (span.mended !== undefined) {
      const goesOn = isContinued || entries.length > 0;
      if (goesOn && sizeBytes >= maxBytes) return leftFrom({ head: span.from, slotBase: span.slotBase });
      const read = await readMended(engine, partition, { ...span, mended: span.mended });
      if (read.setAside) setAside.set(read.setAside.base, read.setAside);
      const added = read.entry ? sizeOf(read.entry.message) : 0;
      if (goesOn && sizeBytes + added > maxBytes)
        return leftFrom({ head: span.from, slotBase: span.slotBase });
      if (read.entry) entries.push(read.entry);
      sizeBytes += added;
      continue;
    }
    let place: Place = { head: span.from, slotBase: span.slotBase };
    let slotCount = span.to - span.from;
    while (place.head < span.to) {
      const goesOn = isContinued || entries.length > 0;
      if (goesOn && sizeBytes >= maxBytes) return leftFrom(place);
      const ahead = await readRange(engine, partition, place, {
        maxMessages: span.to - place.head,
        maxBytes: maxBytes - sizeBytes,
        sizeOf,
        isContinued: goesOn,
        maxSetAside: SET_ASIDE_LIMIT - setAside.size,
        slotCount,
        isKnown: true,
      });
      const within = ahead.entries.filter(({ message }) => message.offset < span.to);
      entries.push(...within.map((entry) => ({ ...entry, span })));
      sizeBytes += within.reduce((sum, { message }) => sum + sizeOf(message), 0);
      for (const slot of ahead.setAside) if (slot.base < span.to) setAside.set(slot.base, slot);
      if (ahead.isFull && ahead.next.head < span.to) return leftFrom(ahead.next);
      if (ahead.next.head === place.head) break;
      place = ahead.next;
      slotCount = ahead.slotCount ?? slotCount;
    }
  }
  return { entries, setAside: [...setAside.values()], left: [] };
}
