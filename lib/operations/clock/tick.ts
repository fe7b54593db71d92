import type { Engine } from "../engine.js";
import { sweep } from "./sweep.js";
import { type TimerOptions, serveTimers } from "./timers.js";

/**
 * What a clock does: serves the timers, and sweeps, beside each other and each under a lock of its own. So a long sweep
 * delays no timer, timers delay no sweep, and a clock that is not needed does neither. What started it does not matter.
 */
export async function tick(engine: Engine, options: TimerOptions): Promise<void> {
  const [timers, swept] = await Promise.allSettled([serveTimers(engine, options), sweep(engine, options)]);
  const failed = [timers, swept].find((outcome) => outcome.status === "rejected");
  if (failed) throw failed.reason;
}
