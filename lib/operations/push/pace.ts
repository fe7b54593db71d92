import type { Clock } from "../../domain/ports/clock.js";

/** Counts what happens in a span of time: in the one that runs, or in the one before if that had more. */
export class Pace {
  #startedAtMs: number;
  #now = 0;
  #before = 0;

  constructor(
    private readonly clock: Clock,
    private readonly spanMs: number,
  ) {
    this.#startedAtMs = clock.nowMs();
  }

  count(): void {
    this.#turn();
    this.#now++;
  }

  get perSpan(): number {
    this.#turn();
    return Math.max(this.#now, this.#before);
  }

  #turn(): void {
    const spans = Math.floor((this.clock.nowMs() - this.#startedAtMs) / this.spanMs);
    if (spans === 0) return;
    this.#before = spans === 1 ? this.#now : 0;
    this.#now = 0;
    this.#startedAtMs += spans * this.spanMs;
  }
}
