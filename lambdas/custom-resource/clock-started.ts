import type { CloudFormationCustomResourceEvent } from "aws-lambda";
import type { Engine } from "../../lib/operations/engine.js";
import type { Outcome } from "./answer.js";

/** Stands for the clock's first runs, which CloudFormation knows nothing of. */
export const CLOCK_STARTED = "Custom::SluiceClockStarted";
/** A rule that is new starts the clock within a minute or two, and CloudWatch shows that a minute later. */
const FIRST_RUNS_MS = 4 * 60_000;

/** Answers once the clock's runs can be seen, so that the alarm on its silence, which is made then, does not ring. */
export async function clockStarted(
  { clock }: Pick<Engine, "clock">,
  { RequestType }: Pick<CloudFormationCustomResourceEvent, "RequestType">,
): Promise<Outcome> {
  if (RequestType === "Create") await clock.sleep(FIRST_RUNS_MS);
  return { kind: "done", physicalId: "clock-started" };
}
