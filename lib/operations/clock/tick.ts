import type { Engine } from "../engine.js";
import { sweep } from "./sweep.js";
import { serveTimers } from "./timers.js";

/** What the rule starts once a minute: makes up for whatever was lost, then serves the timers. */
export async function tick(engine: Engine, options: { deadlineMs: number }): Promise<void> {
  await sweep(engine, options);
  await serveTimers(engine, options);
}
