import type { Clock } from "../../domain/ports/clock.js";
import {
  deliveryOf,
  firstStartMs,
  latestStartMs,
  madeUpMs,
  mostPerSecond,
  nextPumpStartsMs,
  nextStartIn,
  spacingMs,
  withNextStart,
} from "../../domain/rate.js";
import type { Reader } from "../../domain/reader.js";

const SECOND_MS = 1_000;

/** When a pump's deliveries may start. */
export interface Pacing {
  /** Whether a full delivery may start now. */
  readonly mayStart: boolean;
  /** When one may start; Infinity while looks have all that is left of the second. */
  readonly nextAtMs: number;
  /** For how long a delivery, or a look for one, has waited for the rate. */
  readonly heldBackMs: number;
  /** Keeps room for one delivery, which a look may bring. */
  reserve(): void;
  /** A look has ended: what it brought starts now, if it starts. */
  release(): void;
  starts(messages: number): void;
  /** The note for the next pump of the lane, with when it may start. */
  noted(note: string | undefined): string | undefined;
}

/** Without a rate limit. */
export const UNPACED: Pacing = {
  mayStart: true,
  nextAtMs: 0,
  heldBackMs: 0,
  reserve: () => undefined,
  release: () => undefined,
  starts: () => undefined,
  noted: (note) => note,
};

interface Started {
  readonly atMs: number;
  readonly messages: number;
}

/**
 * Spreads the messages of a subscription with a rate limit evenly, and starts no more than the limit in any second. It
 * is the only pace of its subscription, because such a subscription has one lane.
 */
class RatePacing implements Pacing {
  /** What started within the last second, in its order; one entry for each millisecond. */
  #lately: Started[] = [];
  #count = 0;
  #reserved = 0;
  /** When the next message is due by an even pace. */
  #nextMs: number;
  #lastMs: number | undefined;
  #blockedSinceMs: number | undefined;
  heldBackMs = 0;

  constructor(
    private readonly clock: Clock,
    private readonly rate: number,
    private readonly size: number,
    private readonly firstMs: number,
  ) {
    this.#nextMs = firstMs;
  }

  get mayStart(): boolean {
    const nowMs = this.clock.nowMs();
    const may = this.nextAtMs <= nowMs;
    if (!may) this.#blockedSinceMs ??= nowMs;
    return may;
  }

  get nextAtMs(): number {
    this.#forget();
    const ahead = this.#reserved * this.size;
    // Whole milliseconds: a part of one is lost in a time since 1970, and the second would have one message too many.
    return Math.ceil(Math.max(this.#nextMs + spacingMs(this.rate, ahead), this.#roomAtMs(ahead + this.size)));
  }

  /** When so many more fit into a second, as what has started leaves it. */
  #roomAtMs(messages: number): number {
    let tooMany = this.#count + messages - mostPerSecond(this.rate);
    if (tooMany <= 0) return 0;
    for (const { atMs, messages: left } of this.#lately) {
      tooMany -= left;
      if (tooMany <= 0) return atMs + SECOND_MS;
    }
    return Infinity;
  }

  reserve(): void {
    this.#reserved++;
  }

  release(): void {
    this.#reserved--;
  }

  starts(messages: number): void {
    this.#forget();
    const atMs = this.clock.nowMs();
    this.#nextMs = Math.max(this.#nextMs, atMs - madeUpMs(this.rate)) + spacingMs(this.rate, messages);
    this.#lastMs = atMs;
    this.#count += messages;
    const last = this.#lately.at(-1);
    if (last?.atMs === atMs)
      this.#lately[this.#lately.length - 1] = { atMs, messages: last.messages + messages };
    else this.#lately.push({ atMs, messages });
    if (this.#blockedSinceMs !== undefined) this.heldBackMs += Math.max(0, atMs - this.#blockedSinceMs);
    this.#blockedSinceMs = undefined;
  }

  noted(note: string | undefined): string | undefined {
    const { rate, size } = this;
    const startsMs =
      this.#lastMs === undefined
        ? this.firstMs
        : nextPumpStartsMs({ rate, size, nextMs: this.#nextMs, lastMs: this.#lastMs });
    return startsMs > this.clock.nowMs() ? withNextStart(note, startsMs) : note;
  }

  /** Where the clock was set back, what has started counts as just started: nothing waits for the old time. */
  #forget(): void {
    const nowMs = this.clock.nowMs();
    if ((this.#lately.at(-1)?.atMs ?? 0) > nowMs) this.#lately = [{ atMs: nowMs, messages: this.#count }];
    this.#nextMs = Math.min(this.#nextMs, latestStartMs(this.rate, this.size, nowMs));
    let over = 0;
    for (const { atMs, messages } of this.#lately) {
      if (atMs > nowMs - SECOND_MS) break;
      this.#count -= messages;
      over++;
    }
    if (over > 0) this.#lately.splice(0, over);
  }
}

/** The pace of a session. `note`: what the lane's last pump left; `deaths`: after one it may have left nothing. */
export function pacingOf(
  clock: Clock,
  { subscription }: Reader,
  { note, deaths }: { readonly note?: string | undefined; readonly deaths: number },
): Pacing {
  const rate = subscription.rateLimitPerSecond;
  if (rate === 0) return UNPACED;
  const size = deliveryOf(rate, subscription.batch.maxMessages);
  const toldMs = deaths > 0 ? Infinity : nextStartIn(note);
  return new RatePacing(clock, rate, size, firstStartMs(rate, size, toldMs, clock.nowMs()));
}

/** The reader as a session with a rate limit sees it: its deliveries hold a tenth of a second's messages at most. */
export function pacedReader(reader: Reader): Reader {
  const { topic, subscription } = reader;
  const { rateLimitPerSecond: rate, batch } = subscription;
  if (rate === 0) return reader;
  const maxMessages = deliveryOf(rate, batch.maxMessages);
  const { fullBatch = batch.maxMessages } = reader;
  return { topic, fullBatch, subscription: { ...subscription, batch: { ...batch, maxMessages } } };
}
