import type { Context } from "aws-lambda";
import type { Engine } from "../lib/operations/engine.js";
import { tick } from "../lib/operations/clock/tick.js";
import { awsEngine } from "../lib/aws-engine.js";

export const handler = (_event: unknown, context: Context): Promise<void> => run(awsEngine(), context);

/** Sweeps and serves the timers; what starts it (the rule, or whoever set a timer) does not matter. */
export async function run(engine: Engine, context: Pick<Context, "getRemainingTimeInMillis">): Promise<void> {
  const { clock, telemetry } = engine;
  const startedMs = clock.nowMs();
  await tick(engine, { deadlineMs: startedMs + context.getRemainingTimeInMillis() });
  telemetry.event("ticked", "info", { tookMs: clock.nowMs() - startedMs });
}
