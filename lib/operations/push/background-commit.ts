import type { Clock } from "../../domain/ports/clock.js";
import { pauseAfter } from "./insist.js";

const FAILED_FROM_MS = 100;
const FAILED_UP_TO_MS = 5_000;
/** So long what would write little waits for more: after a crash, this comes again. */
const WAITS_UP_TO_MS = 5_000;

/** The commits of one thing that a pump owns: one at a time, and after one that failed a pause that doubles. */
export class BackgroundCommit {
  #running: Promise<void> | undefined;
  #failures = 0;
  #notBeforeMs = 0;
  #waitsSinceMs: number | undefined;

  constructor(private readonly clock: Clock) {}

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  get mayBegin(): boolean {
    return !this.#running && this.#notBeforeMs <= this.clock.nowMs();
  }

  /** Whether one that would write little can still wait for more, counted from the first time that this is asked. */
  mayWait(): boolean {
    const nowMs = this.clock.nowMs();
    this.#waitsSinceMs ??= nowMs;
    return nowMs < this.#waitsSinceMs + WAITS_UP_TO_MS;
  }

  /** `commit` says itself how it ended. `over` is called after it. */
  begin(commit: () => Promise<void>, over: () => void): void {
    this.#waitsSinceMs = undefined;
    this.#running = commit().finally(() => {
      this.#running = undefined;
      over();
    });
  }

  /** Resolves once none is running. */
  async over(): Promise<void> {
    await this.#running;
  }

  succeeded(): void {
    this.#failures = 0;
  }

  failed(): void {
    this.#notBeforeMs = this.clock.nowMs() + pauseAfter(++this.#failures, FAILED_FROM_MS, FAILED_UP_TO_MS);
  }
}
