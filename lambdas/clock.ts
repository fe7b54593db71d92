import type { Context } from "aws-lambda";
import type { Instance } from "../lib/operations/engine.js";
import { tick } from "../lib/operations/clock/tick.js";
import { runtime } from "../lib/aws-engine.js";

export const handler = (_event: unknown, context: Context): Promise<void> => run(runtime(), context);

/** Sweeps and serves the timers; what starts it (the rule, or whoever set a timer) does not matter. */
export async function run(
  instance: Instance,
  context: Pick<Context, "getRemainingTimeInMillis">,
): Promise<void> {
  const { clock, telemetry } = instance;
  const startedMs = clock.nowMs();
  await tick(instance, { deadlineMs: startedMs + context.getRemainingTimeInMillis() });
  telemetry.event("ticked", "info", { tookMs: clock.nowMs() - startedMs });
}
