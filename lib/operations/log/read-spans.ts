import { type Message, messageSizeBytes } from "../../domain/message.js";
import type { SetAside } from "../../domain/progress/records.js";
import type { Span } from "../../domain/progress/spans.js";
import type { Offset } from "../../domain/slot.js";
import type { Engine } from "../engine.js";
import { type RangeLimits, type RangeRead, SET_ASIDE_LIMIT, readRange } from "./read-range.js";
import type { Place } from "../../domain/place.js";
import type { SpanEntry } from "./placed-message.js";
import { type SubscriptionPartition, readMended } from "./read-mended.js";
import { isTrouble } from "./troubles.js";

/** What was read of spans: their messages, and the slots that can no longer be read. */
export interface SpansRead {
  readonly entries: readonly SpanEntry[];
  readonly setAside: readonly SetAside[];
  /** Spans that were not read, because a limit was reached or because they cannot be read now. */
  readonly left: readonly Span[];
}

interface SpansLimits extends Pick<RangeLimits, "maxBytes" | "sizeOf" | "isContinued"> {
  /** Whether what cannot be read now is left for later, and what lies behind it is read. @default false */
  readonly skipsTroubles?: boolean;
}

/** The most slots that one read skips because they cannot be read now: more of them are most likely an outage. */
const TROUBLED_LIMIT = 3;

/**
 * Reads the messages of `spans` up to `maxBytes`. The first message is always read, however large, unless
 * `isContinued`.
 * @throws {StorageUnavailable} {Throttled} if nothing can be read now. If something can, what cannot is left.
 */
export async function readSpans(
  engine: Engine,
  partition: SubscriptionPartition,
  spans: readonly Span[],
  limits: SpansLimits,
): Promise<SpansRead> {
  const reading = new Reading(engine, partition, limits);
  for (const [index, span] of spans.entries())
    if (!(await reading.add(span))) return reading.result(spans.slice(index + 1));
  return reading.result([]);
}

class Reading {
  readonly #entries: SpanEntry[] = [];
  readonly #setAside = new Map<Offset, SetAside>();
  readonly #left: Span[] = [];
  readonly #troubles: unknown[] = [];
  #sizeBytes = 0;

  constructor(
    private readonly engine: Engine,
    private readonly partition: SubscriptionPartition,
    private readonly limits: SpansLimits,
  ) {}

  /** `behind`: the spans that were not begun. @throws the first trouble if nothing was read */
  result(behind: readonly Span[]): SpansRead {
    const isEmpty = this.#entries.length === 0 && this.#setAside.size === 0;
    if (isEmpty && this.#troubles.length > 0) throw this.#troubles[0];
    return {
      entries: this.#entries,
      setAside: [...this.#setAside.values()],
      left: [...this.#left, ...behind],
    };
  }

  /** Reads a span; false once nothing behind it may be read. */
  async add(span: Span): Promise<boolean> {
    let place: Place = { head: span.from, slotBase: span.slotBase };
    const { mended } = span;
    try {
      if (mended !== undefined) return await this.#addMended({ ...span, mended });
      let slotCount = span.to - span.from;
      while (place.head < span.to) {
        if (this.#isUsedUp) return this.#leave(span, place);
        const ahead = await readRange(this.engine, this.partition, place, {
          maxMessages: span.to - place.head,
          maxBytes: this.limits.maxBytes - this.#sizeBytes,
          sizeOf: this.#sizeOf,
          isContinued: this.#goesOn,
          maxSetAside: SET_ASIDE_LIMIT - this.#setAside.size,
          maxTroubled: this.#troubledLimit,
          slotCount,
          isKnown: true,
        });
        this.#gather(span, ahead);
        if (ahead.isFull && ahead.next.head < span.to) return this.#leave(span, ahead.next);
        if (ahead.next.head === place.head) break;
        place = ahead.next;
        slotCount = ahead.slotCount ?? slotCount;
      }
      return true;
    } catch (error) {
      if (!isTrouble(error)) throw error;
      const maySkip = this.#troubledLimit > 0;
      this.#troubles.push(error);
      this.#leave(span, place);
      return maySkip;
    }
  }

  async #addMended(span: Span & { readonly mended: string }): Promise<boolean> {
    const place: Place = { head: span.from, slotBase: span.slotBase };
    if (this.#isUsedUp) return this.#leave(span, place);
    const { entry, setAside } = await readMended(this.engine, this.partition, span);
    if (setAside) this.#setAside.set(setAside.base, setAside);
    if (!entry) return true;
    if (this.#goesOn && this.#sizeBytes + this.#sizeOf(entry.message) > this.limits.maxBytes)
      return this.#leave(span, place);
    this.#push(entry);
    return true;
  }

  /** Takes what belongs to the span: a slot may reach beyond it. */
  #gather(span: Span, { entries, setAside, troubled }: RangeRead): void {
    for (const entry of entries) if (entry.message.offset < span.to) this.#push({ ...entry, span });
    for (const slot of setAside) if (slot.base < span.to) this.#setAside.set(slot.base, slot);
    for (const { from, to, slotBase, error } of troubled) {
      if (from >= span.to) continue;
      this.#troubles.push(error);
      this.#left.push({ ...span, from, to: Math.min(to, span.to), slotBase });
    }
  }

  #push(entry: SpanEntry): void {
    this.#entries.push(entry);
    this.#sizeBytes += this.#sizeOf(entry.message);
  }

  #leave(span: Span, { head, slotBase }: Place): false {
    this.#left.push({ ...span, from: head, slotBase });
    return false;
  }

  /** How many more slots may be skipped because they cannot be read now. */
  get #troubledLimit(): number {
    return this.limits.skipsTroubles ? TROUBLED_LIMIT - this.#troubles.length : 0;
  }

  /** Whether messages were read before, so that the next must fit beside them. */
  get #goesOn(): boolean {
    return this.limits.isContinued === true || this.#entries.length > 0;
  }

  get #isUsedUp(): boolean {
    return this.#goesOn && this.#sizeBytes >= this.limits.maxBytes;
  }

  get #sizeOf(): (message: Message) => number {
    return this.limits.sizeOf ?? messageSizeBytes;
  }
}
