import type { Engine } from "../engine.js";

/** The lock of whoever serves the timers. A lane's name has more parts, so none is this. */
export const TIMERS_LOCK = "clock#timers";

/** The rule starts a clock this often: a timer due sooner needs one that is at work. */
export const CLOCK_EVERY_MS = 60_000;

/** How long a clock that was started may take to begin. After it, whoever sets a timer starts another one. */
export const CLOCK_BEGINS_WITHIN_MS = 5_000;

/**
 * Starts a clock unless one is at work, or on its way: whoever starts it takes the lock first, in the clock's name, so
 * that many who set timers at once start one clock. Whoever finds the lock held has set a timer before that, and the
 * clock looks at the timers again once it has let go of its lock. A start that gets lost costs up to a minute: until
 * the rule starts the next clock.
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
