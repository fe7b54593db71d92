import type { Clock } from "../../domain/ports/clock.js";

/**
 * Lets a loop sleep until something happens. Each round has one wait, which any event ends. With Promise.race on
 * long-lived promises, each round would leave memory behind.
 */
export class Signal {
  #isRaised = false;
  #wait: AbortController | undefined;

  constructor(private readonly clock: Clock) {}

  raise(): void {
    this.#isRaised = true;
    this.#wait?.abort();
  }

  /** Waits until it is raised, unless it was raised since the last wait; at most `atMostMs`. */
  async wait(atMostMs: number): Promise<void> {
    if (!this.#isRaised) {
      this.#wait = new AbortController();
      await this.clock.sleep(Math.max(1, atMostMs), this.#wait.signal);
      this.#wait = undefined;
    }
    this.#isRaised = false;
  }
}
