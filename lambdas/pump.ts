import type { Context } from "aws-lambda";
import * as z from "zod/mini";
import type { Engine } from "../lib/operations/engine.js";
import { pump } from "../lib/operations/push/pump.js";
import { awsEngine } from "../lib/aws-engine.js";
import { openSegments } from "../lib/adapters/s3/open-segments.js";

const PumpEvent = z.object({
  subscription: z.object({
    topic: z.object({ name: z.string(), uid: z.string() }),
    name: z.string(),
    uid: z.string(),
  }),
  lane: z.int().check(z.nonnegative()),
});

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
  const ref = PumpEvent.parse(event);
  await pump(engine, ref, { deadlineMs: startedMs + context.getRemainingTimeInMillis() });
  const { topic, name } = ref.subscription;
  const fields = { topic: topic.name, subscription: name, lane: ref.lane, tookMs: clock.nowMs() - startedMs };
  telemetry.event("pumped", "info", fields);
}
