import type { MemoryStorage } from "../../../lib/adapters/memory/storage.js";
import { TIMER_KINDS } from "../../../lib/domain/timer.js";
import { CLOCK_EVERY_MS, TIMERS_LOCK } from "../../../lib/operations/push/start-clock.js";
import type { Call } from "../port-calls.js";
import type { World } from "../world.js";

/** Two renewals of its lock, and what is under way. */
const GOES_WITHIN_MS = 15_000;

/** A clock stays only while a timer is due within the minute. */
export class ClockChecker {
  #needlessSinceMs: number | undefined;

  constructor(
    private readonly world: World,
    private readonly storage: MemoryStorage,
    private readonly isCalm: () => boolean,
  ) {}

  after(who: string, { port, method, args }: Call): void {
    if (port === "timers" && this.#isNeeded()) this.#needlessSinceMs = undefined;
    if (port !== "locks" || args[0] !== TIMERS_LOCK || method !== "renew" || !this.isCalm()) return;
    if (this.#isNeeded()) {
      this.#needlessSinceMs = undefined;
      return;
    }
    this.#needlessSinceMs ??= this.world.nowMs;
    if (this.world.nowMs - this.#needlessSinceMs <= GOES_WITHIN_MS) return;
    this.world.violation("clock", `${who} stays, and no timer is due within the minute`);
  }

  #isNeeded(): boolean {
    const untilMs = this.world.nowMs + CLOCK_EVERY_MS;
    return [...this.storage.timers.values()].some(
      ({ dueMs, kind }) => TIMER_KINDS.has(kind) && dueMs <= untilMs,
    );
  }
}
