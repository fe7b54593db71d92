import type { Reader } from "../../domain/reader.js";

/**
 * Messages that come closer together than this are worth waiting for: the wait costs less than another wake-up. A
 * wake-up costs some $2 a million (a start, two writes more, some reads), which is 300 ms of a pump with 512 MB.
 */
export const STEADY_GAP_MS = 300;
/** With ordering each look is at all of a topic's partitions: to wait for longer costs more than another wake-up. */
export const ORDERED_GAP_MS = 100;
/** Where more came while a pump was on its way, as long as its own messages do not say otherwise. */
export const BURST_GAP_MS = 150;
/** The end of a batch window is worth staying for if it is this near; else a timer wakes a pump for it. */
export const WORTH_A_STAY_MS = 1_000;
/** How long a pump stays for the next message: for so many of the usual gaps, within these bounds. */
const GAPS = 4;
const STAY_FROM_MS = 250;
const STAY_UP_TO_MS = 1_000;
/**
 * A pump whose first doorbell does not tell the gap learns it from what comes for as long as that. Where it was a
 * backlog, staying takes a quarter more at the most.
 */
const LEARNS_AFTER_MS = 1_000;
/** While it stays, it looks so often in a gap, but no more often than that. */
const LOOKS_A_GAP = 4;
const LOOK_FROM_MS = 25;

/**
 * How long a pump that has caught up stays in its lane, so that a trickle does not start it for each message. Without a
 * trickle it does not stay at all.
 */
export class Stay {
  #gapMs: number;
  #cameAtMs: number;
  readonly #fromMs: number;
  #times = 0;

  /** `gapMs`: the time between the last two doorbells, if it is known. `worthMs`: the longest gap to wait for. */
  constructor(
    gapMs: number | undefined,
    nowMs: number,
    private readonly worthMs = STEADY_GAP_MS,
  ) {
    this.#gapMs = gapMs ?? Infinity;
    this.#cameAtMs = nowMs;
    this.#fromMs = nowMs;
  }

  get untilMs(): number {
    if (this.#gapMs > this.worthMs) return 0;
    return this.#cameAtMs + Math.min(STAY_UP_TO_MS, Math.max(STAY_FROM_MS, GAPS * this.#gapMs));
  }

  get pollUpToMs(): number {
    return Math.max(LOOK_FROM_MS, this.#gapMs / LOOKS_A_GAP);
  }

  /**
   * A pump that is kept in its lane by what is due looks as often while messages come, and the less often the longer
   * nothing came.
   */
  looksWithinMs(nowMs: number): number {
    return Math.max(LOOK_FROM_MS, Math.ceil(Math.max(this.#gapMs, nowMs - this.#cameAtMs) / LOOKS_A_GAP));
  }

  /**
   * What the owner of an ordered subscription's heads asks and says. What is due again keeps the pump here: meanwhile
   * no key that is well waits for longer than without. What waits for a key that failed has come as well.
   */
  heard(nowMs: () => number): { readonly looksWithinMs: () => number; readonly came: () => void } {
    return {
      looksWithinMs: () => this.looksWithinMs(nowMs()),
      came: () => {
        this.comes(nowMs());
      },
    };
  }

  /** Something new has come. */
  comes(nowMs: number): void {
    this.#times++;
    if (this.#gapMs < Infinity) this.#gapMs = (this.#gapMs + Math.max(0, nowMs - this.#cameAtMs)) / 2;
    else if (nowMs - this.#fromMs >= LEARNS_AFTER_MS) this.#gapMs = (nowMs - this.#fromMs) / this.#times;
    this.#cameAtMs = nowMs;
  }
}

/**
 * Without ordering. `gapMs`: between the last two doorbells. With a batch window those say little about deliveries: it
 * learns their gap from them.
 */
export const stayFor = (reader: Reader, gapMs: number | undefined, nowMs: number): Stay =>
  new Stay(hasWindow(reader) ? undefined : gapMs, nowMs);

/** With ordering; undefined without. What it reads has come, though it may wait in a batch window: it does not stay. */
export function stayOfOrdered(reader: Reader, gapMs = STEADY_GAP_MS, nowMs: number): Stay | undefined {
  if (reader.topic.ordering === "none") return undefined;
  return new Stay(gapMs, nowMs, hasWindow(reader) ? 0 : ORDERED_GAP_MS);
}

const hasWindow = ({ subscription }: Reader): boolean => subscription.batch.windowSeconds > 0;
