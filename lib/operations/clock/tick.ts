import type { Engine } from "../engine.js";
import { sweep } from "./sweep.js";
import { type TimerOptions, serveTimers } from "./timers.js";

/**
 * One run of the clock: serves the timers and sweeps, side by side, each under its own lock. So neither delays the
 * other, and a clock that finds both locks held does nothing. What started it does not matter.
 */
export async function tick(engine: Engine, options: TimerOptions): Promise<void> {
  const [timers, swept] = await Promise.allSettled([serveTimers(engine, options), sweep(engine, options)]);
  const failed = [timers, swept].find((outcome) => outcome.status === "rejected");
  if (failed) throw failed.reason;
}
