import type { Engine } from "../engine.js";

/** The lock of the clock that serves the timers. Names of lanes have more parts, so none is equal to it. */
export const TIMERS_LOCK = "clock#timers";

/** The rule starts a clock this often. A timer due sooner needs a clock that is already running. */
export const CLOCK_EVERY_MS = 60_000;

/** How long a started clock may take to begin. After that, the next process that sets a timer starts another. */
export const CLOCK_BEGINS_WITHIN_MS = 5_000;

/**
 * Starts a clock unless one is running or on its way. The starter takes the lock first, in the clock's name, so that
 * many processes that set timers at once start one clock. A process that finds the lock held has set its timer before,
 * and the clock looks at the timers again after it has released the lock. A lost start costs up to a minute, until the
 * rule starts the next clock.
 */
export async function startIdleClock({ locks, starter, clock, random }: Engine): Promise<void> {
  const heldUntilMs = await locks.heldUntilMs(TIMERS_LOCK);
  const nowMs = clock.nowMs();
  if (heldUntilMs !== undefined && heldUntilMs > nowMs) return;
  const owner = random.nonce();
  const acquired = await locks.acquire(TIMERS_LOCK, owner, nowMs, nowMs + CLOCK_BEGINS_WITHIN_MS);
  if (acquired.kind === "held") return;
  try {
    await starter.startClock(owner);
  } catch (error) {
    await locks.release(TIMERS_LOCK, owner);
    throw error;
  }
}
