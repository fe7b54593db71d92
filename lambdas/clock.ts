import type { Context } from "aws-lambda";
import * as z from "zod/mini";
import type { Engine } from "../lib/operations/engine.js";
import { tick } from "../lib/operations/clock/tick.js";
import { awsEngine } from "../lib/aws-engine.js";
import { openSegments } from "../lib/adapters/s3/open-segments.js";

/** The process that set a timer sends an owner. The schedule rule's event names none. */
const ClockEvent = z.catch(
  z.object({ owner: z.catch(z.optional(z.string().check(z.minLength(1))), undefined) }),
  { owner: undefined },
);

export const handler = (event: unknown, context: Context): Promise<void> =>
  run(awsEngine(openSegments), event, context);

/** Serves the timers and sweeps, whether the rule started it or the process that set a timer. */
export async function run(
  engine: Engine,
  event: unknown,
  context: Pick<Context, "getRemainingTimeInMillis">,
): Promise<void> {
  const { clock, telemetry } = engine;
  const startedMs = clock.nowMs();
  const { owner } = ClockEvent.parse(event);
  const deadlineMs = startedMs + context.getRemainingTimeInMillis();
  await tick(engine, { deadlineMs, ...(owner === undefined ? {} : { owner }) });
  telemetry.event("ticked", "info", { tookMs: clock.nowMs() - startedMs });
}
