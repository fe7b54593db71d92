import type { Clock } from "../../domain/ports/clock.js";

/**
 * Lets a loop sleep until something happens. There is one wait a round, which whatever happens ends: a race between
 * promises that live long would keep what each of its rounds left behind.
 */
export class Signal {
  #isRaised = false;
  #wait: AbortController | undefined;

  constructor(private readonly clock: Clock) {}

  raise(): void {
    this.#isRaised = true;
    this.#wait?.abort();
  }

  /** Waits until it is raised, or was since the last wait; `atMostMs` at the most. */
  async wait(atMostMs: number): Promise<void> {
    if (!this.#isRaised) {
      this.#wait = new AbortController();
      await this.clock.sleep(Math.max(1, atMostMs), this.#wait.signal);
      this.#wait = undefined;
    }
    this.#isRaised = false;
  }
}
