import type { Context } from "aws-lambda";
import type { Engine } from "../lib/operations/engine.js";
import { pump } from "../lib/operations/push/pump.js";
import { awsEngine } from "../lib/aws-engine.js";
import { pumpStartIn } from "../lib/adapters/lambda/read-pump-event.js";
import { openSegments } from "../lib/adapters/s3/open-segments.js";

export const handler = (event: unknown, context: Context): Promise<void> =>
  run(awsEngine(openSegments), event, context);

/** Runs one lane's pump until it is caught up, or until shortly before Lambda would end it. */
export async function run(
  engine: Engine,
  event: unknown,
  context: Pick<Context, "getRemainingTimeInMillis">,
): Promise<void> {
  const { clock, telemetry } = engine;
  const startedMs = clock.nowMs();
  const start = pumpStartIn(event);
  await pump(engine, start, { deadlineMs: startedMs + context.getRemainingTimeInMillis() });
  const { topic, name } = start.subscription;
  const fields = {
    topic: topic.name,
    subscription: name,
    lane: start.lane,
    tookMs: clock.nowMs() - startedMs,
  };
  telemetry.event("pumped", "info", fields);
}
