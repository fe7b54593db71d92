import type { CloudFormationCustomResourceEvent } from "aws-lambda";
import type { Engine } from "../../lib/operations/engine.js";
import { takeInRestored } from "../../lib/operations/manage/take-in-restored.js";
import type { Outcome } from "./answer.js";

/** Stands for the tables that a queue was given, as they were restored once. */
export const RESTORED = "Custom::SluiceRestored";

/** Of what failed, so many are named: CloudFormation takes a short reason. */
const NAMED = 5;

/** Looks through what was restored. A rollback brings other tables back, whose queue knows them: nothing to do. */
export async function restored(
  engine: Engine,
  { RequestType }: Pick<CloudFormationCustomResourceEvent, "RequestType">,
  deadlineMs: number,
): Promise<Outcome> {
  const physicalId = "restored";
  if (RequestType === "Delete") return { kind: "done", physicalId };
  const { topics, partitions, isAll, failed } = await takeInRestored(engine, deadlineMs);
  engine.telemetry.event("restored-taken-in", isAll && failed.length === 0 ? "info" : "error", {
    ...{ topics, partitions },
    ...(failed.length > 0 ? { failed: failed.slice(0, NAMED) } : {}),
  });
  if (failed.length > 0) {
    const named = failed.slice(0, NAMED).join("; ");
    const reason = `${failed.length} parts of the restored tables could not be looked at: ${named}; deploy again`;
    return { kind: "failed", physicalId, reason };
  }
  if (isAll) return { kind: "done", physicalId };
  const seen = `${topics} topics of the restored tables were looked through`;
  const reason = `${seen}, and there was no time for more: deploy again`;
  return { kind: "failed", physicalId, reason };
}
