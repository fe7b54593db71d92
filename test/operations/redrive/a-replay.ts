import { type ReplayJob, newReplay } from "../../../lib/domain/replay-job.js";
import { jobId } from "../../../lib/domain/redrive-job.js";
import type { Engine } from "../../../lib/operations/engine.js";
import { findSubscription } from "../../../lib/operations/lookup.js";
import { replayRanges } from "../../../lib/operations/manage/replay-ranges.js";

/** A replay of all that "audit" has passed, that was just stored. */
export async function aStartedReplay(engine: Engine, fields: Partial<ReplayJob> = {}) {
  const reader = await findSubscription(engine, "orders", "audit");
  const startedAtMs = engine.clock.nowMs();
  const ranges = await replayRanges(engine, reader, { from: "earliest" }, {});
  const { epoch } = reader.subscription;
  const made = newReplay({
    id: jobId(startedAtMs, engine.random.nonce().slice(0, 6)),
    ...{ selection: {}, from: "earliest", startedAtMs, epoch, ranges },
  });
  const job = { ...made, ...fields };
  const timer = {
    kind: "replay",
    dueMs: startedAtMs,
    subscription: reader.subscription,
    job: job.id,
  } as const;
  expect(await engine.replayJobs.start(reader.subscription, job, timer)).toEqual({ kind: "started" });
  return { reader, job };
}
