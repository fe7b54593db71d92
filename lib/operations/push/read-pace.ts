import type { Clock } from "../../domain/ports/clock.js";
import { pauseAfter } from "./insist.js";
import { AHEAD_LEAST_BYTES, AHEAD_MOST_BYTES } from "./room-ahead.js";

/** A partition that had nothing rests for a moment, however busy the others are. */
const REST_FROM_MS = 25;
const REST_UP_TO_MS = 200;
const FAILED_FROM_MS = 250;
const FAILED_UP_TO_MS = 30_000;

/** When a partition is read again, and how many bytes of messages it wants then. */
export class ReadPace {
  #wantedBytes = AHEAD_LEAST_BYTES;
  #empties = 0;
  #failures = 0;
  #restsUntilMs = 0;
  #failedUntilMs = 0;

  /** `looksWithinMs`: how soon the next look comes, where messages come often. A rest is over by then. */
  constructor(
    private readonly clock: Clock,
    private readonly looksWithinMs: () => number = () => Infinity,
  ) {}

  /** Little until reads are filled, so that many partitions are read at once. */
  get wantedBytes(): number {
    return this.#wantedBytes;
  }

  /** A read with less room is not worth it; the room is left to others. */
  readonly leastBytes = AHEAD_LEAST_BYTES;

  /** After a failed read. */
  get isSick(): boolean {
    return this.#failedUntilMs > this.clock.nowMs();
  }

  /** After a read that found nothing. */
  get isResting(): boolean {
    return this.#restsUntilMs > this.clock.nowMs();
  }

  foundSome(isFilled: boolean): void {
    this.#failures = 0;
    this.#empties = 0;
    this.#restsUntilMs = 0;
    this.#wantedBytes = isFilled ? Math.min(AHEAD_MOST_BYTES, 2 * this.#wantedBytes) : AHEAD_LEAST_BYTES;
  }

  foundNothing(): void {
    this.#failures = 0;
    const upToMs = Math.min(REST_UP_TO_MS, Math.ceil(this.looksWithinMs() / 2));
    this.#restsUntilMs = this.clock.nowMs() + pauseAfter(++this.#empties, REST_FROM_MS, upToMs);
  }

  failed(): void {
    this.#failedUntilMs = this.clock.nowMs() + pauseAfter(++this.#failures, FAILED_FROM_MS, FAILED_UP_TO_MS);
  }
}
