import type { CloudFormationCustomResourceEvent } from "aws-lambda";
import { STORES, type Unfit } from "../../lib/domain/given-storage.js";
import type { Given, LookAtGiven } from "../../lib/given-storage.js";
import type { Engine } from "../../lib/operations/engine.js";
import { takeInRestored } from "../../lib/operations/manage/take-in-restored.js";
import type { Outcome } from "./answer.js";

/** Stands for the tables that a queue was given, as they were restored once. */
export const RESTORED = "Custom::SluiceRestored";

/** Of what failed, so many are named: CloudFormation takes a short reason. */
const NAMED = 5;

/**
 * Looks at the settings of what was given, and through what was restored. A rollback brings other tables back, whose
 * queue knows them: nothing to do.
 */
export async function restored(
  engine: Engine,
  event: CloudFormationCustomResourceEvent,
  deadlineMs: number,
  look: LookAtGiven,
): Promise<Outcome> {
  const physicalId = "restored";
  if (event.RequestType === "Delete") return { kind: "done", physicalId };
  const { faults, notes } = await unfitIn(engine, event, look);
  if (faults.length > 0)
    return { kind: "failed", physicalId, reason: `${faults.join("; ")}. Then deploy again` };
  const outcome = await takenIn(engine, physicalId, deadlineMs);
  return outcome.kind === "done" && notes.length > 0 ? { ...outcome, notes } : outcome;
}

/**
 * What of it does not fit. Only as it is given: a rollback to what was given before, which goes back in time, must not
 * fail by what was accepted then.
 */
async function unfitIn(
  { clock }: Pick<Engine, "clock">,
  event: CloudFormationCustomResourceEvent,
  look: LookAtGiven,
): Promise<Unfit> {
  const given = givenIn(event.ResourceProperties);
  const before = event.RequestType === "Update" ? restoredAtIn(event.OldResourceProperties) : "";
  if (given.stores.length === 0 || restoredAtIn(event.ResourceProperties) <= before) return NOTHING;
  for (let attempt = 1; ; attempt++) {
    try {
      return await look(given);
    } catch (error) {
      // Its permission is as new as the deployment, and takes a while to be known everywhere.
      if (attempt === LOOKS)
        return { ...NOTHING, notes: [`what was given could not be looked at: ${String(error)}`] };
      await clock.sleep(BETWEEN_LOOKS_MS);
    }
  }
}

const NOTHING: Unfit = { faults: [], notes: [] };
const LOOKS = 4;
const BETWEEN_LOOKS_MS = 5_000;

type Properties = Readonly<Record<string, unknown>>;

/** An ISO time in UTC: as text they are in the order of time. */
const restoredAtIn = ({ RestoredAt: at }: Properties): string => (typeof at === "string" ? at : "");

/** An app of before this check names no stores. */
function givenIn({ Given: names, LogStream, OutboxStream }: Properties): Given {
  const stores = STORES.filter((store) => Array.isArray(names) && names.includes(store));
  return {
    stores,
    ...(typeof LogStream === "string" ? { logStream: LogStream } : {}),
    ...(typeof OutboxStream === "string" ? { outboxStream: OutboxStream } : {}),
  };
}

async function takenIn(engine: Engine, physicalId: string, deadlineMs: number): Promise<Outcome> {
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
