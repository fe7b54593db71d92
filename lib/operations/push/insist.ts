import { SluiceError } from "../../domain/errors.js";
import type { Engine } from "../engine.js";

const PAUSE_FROM_MS = 100;
const PAUSE_UP_TO_MS = 5_000;

/** A pause that doubles with each consecutive failure. */
export const pauseAfter = (failures: number, fromMs: number, upToMs: number): number =>
  Math.min(upToMs, fromMs * 2 ** Math.min(30, failures - 1));

/** Whether the same call may succeed later. */
export const isPassing = (error: unknown): boolean =>
  error instanceof SluiceError && error.retryAfterMs !== undefined;

/**
 * Repeats a call until it succeeds, because one failed call must not end a pump. The call may be carried out several
 * times.
 * @throws its error, if that will not pass or `untilMs` is over.
 */
export async function insist<T>(
  { clock, telemetry }: Engine,
  what: string,
  untilMs: number,
  call: () => Promise<T>,
): Promise<T> {
  for (let failures = 1; ; failures++) {
    try {
      return await call();
    } catch (error) {
      const pauseMs = pauseAfter(failures, PAUSE_FROM_MS, PAUSE_UP_TO_MS);
      if (!isPassing(error) || clock.nowMs() + pauseMs >= untilMs) throw error;
      telemetry.event("pump-call-failed", "warn", { what, failures, error: String(error) });
      await clock.sleep(pauseMs);
    }
  }
}
