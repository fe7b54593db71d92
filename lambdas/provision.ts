import type { CloudFormationCustomResourceEvent, Context } from "aws-lambda";
import { createApp } from "../lib/http/app.js";
import { targetPolicyIn } from "../lib/webhooks.js";
import { awsEngine, ownFunctions } from "../lib/aws-engine.js";
import { lookAtGiven } from "../lib/given-storage.js";
import { noSegments } from "../lib/adapters/no-segments.js";
import { type Outcome, tellCloudFormation } from "./custom-resource/answer.js";
import { provision } from "./custom-resource/provision.js";
import { nothingYet } from "./custom-resource/request.js";

/** Time kept for telling CloudFormation. */
const RESERVE_MS = 20_000;

/**
 * Serves the custom resources of cdk/. CloudFormation is told whatever happens; otherwise it would wait for an hour.
 */
export const handler = async (event: CloudFormationCustomResourceEvent, context: Context): Promise<void> => {
  await tellCloudFormation(event, await outcomeOf(event, context.getRemainingTimeInMillis()));
};

async function outcomeOf(event: CloudFormationCustomResourceEvent, remainingMs: number): Promise<Outcome> {
  try {
    const engine = awsEngine(noSegments);
    const deadlineMs = engine.clock.nowMs() + remainingMs - RESERVE_MS;
    const outcome = await provision(
      engine,
      (owning) =>
        createApp(engine, {
          ownFunctions: ownFunctions(),
          targetPolicy: targetPolicyIn(),
          managedSecrets: true,
          ...owning,
        }),
      event,
      deadlineMs,
      lookAtGiven(),
    );
    const { RequestType: request, LogicalResourceId: resource } = event;
    engine.telemetry.event("provisioned", outcome.kind === "done" ? "info" : "error", {
      request,
      resource,
      ...outcome,
    });
    return outcome;
  } catch (error) {
    return { kind: "failed", physicalId: nothingYet(event), reason: String(error) };
  }
}
