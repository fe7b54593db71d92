/**
 * Messages that come closer together than this are worth waiting for: the wait costs less than another wake-up. A
 * wake-up costs some $2 a million (a start, two writes more, some reads), which is 300 ms of a pump with 512 MB.
 */
const STEADY_GAP_MS = 300;
/** Where more came while a pump was on its way, as long as its own messages do not say otherwise. */
export const BURST_GAP_MS = 150;
/** How long a pump stays for the next message: for so many of the usual gaps, within these bounds. */
const GAPS = 4;
const STAY_FROM_MS = 250;
const STAY_UP_TO_MS = 1_000;
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

  /** `gapMs`: the time between the last two doorbells, as far as it is known. */
  constructor(gapMs: number | undefined, nowMs: number) {
    this.#gapMs = gapMs ?? Infinity;
    this.#cameAtMs = nowMs;
  }

  get untilMs(): number {
    if (this.#gapMs > STEADY_GAP_MS) return 0;
    return this.#cameAtMs + Math.min(STAY_UP_TO_MS, Math.max(STAY_FROM_MS, GAPS * this.#gapMs));
  }

  get pollUpToMs(): number {
    return Math.max(LOOK_FROM_MS, this.#gapMs / LOOKS_A_GAP);
  }

  /** Something new has come. */
  comes(nowMs: number): void {
    this.#gapMs = (this.#gapMs + Math.max(0, nowMs - this.#cameAtMs)) / 2;
    this.#cameAtMs = nowMs;
  }
}
