import type { JobSelection } from "../../../lib/domain/redrive-job.js";
import type { Engine } from "../../../lib/operations/engine.js";
import { startRedrive } from "../../../lib/operations/manage/redrive-jobs.js";

/** Sends all dead letters again by a job, and tells what it did as a redrive of ids does. */
export async function allAgain(
  engine: Engine,
  topic = "orders",
  subscription = "audit",
  selection: JobSelection = { kind: "all" },
) {
  const { moved, refusals } = await startRedrive(engine, topic, subscription, { selection });
  return { moved, refused: refusals.map(({ id, code }) => ({ id, error: { code } })) };
}
