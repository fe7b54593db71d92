import { setTimeout } from "node:timers/promises";
import { isTransactionConflict, isUnderWay } from "./errors.js";

const ATTEMPTS = 6;
const FIRST_PAUSE_MS = 8;

/** Full jitter: writers that met once shall not meet again. */
const pauseMs = (attempt: number): number => Math.random() * FIRST_PAUSE_MS * 2 ** attempt;

/**
 * Runs a write again while somebody else's transaction holds an item of it: theirs takes milliseconds. A transaction
 * has to carry the same token each time. Any other error, and the last conflict, is thrown as it came.
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
