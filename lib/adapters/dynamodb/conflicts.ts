import { setTimeout } from "node:timers/promises";
import { isTransactionConflict, isUnderWay } from "./errors.js";

const ATTEMPTS = 6;
const FIRST_PAUSE_MS = 8;

/** Full jitter, so that two writers that collided do not collide again. */
const pauseMs = (attempt: number): number => Math.random() * FIRST_PAUSE_MS * 2 ** attempt;

/**
 * Repeats a write while another transaction holds one of its items, which takes milliseconds. A transaction must carry
 * the same token in each attempt. Throws any other error unchanged, and the conflict of the last attempt.
 */
export async function pastConflicts<T>(call: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call();
    } catch (error) {
      const mayPass = isTransactionConflict(error) || isUnderWay(error);
      if (!mayPass || attempt >= ATTEMPTS) throw error;
      await setTimeout(pauseMs(attempt));
    }
  }
}
