import { StorageUnavailable } from "../../../lib/domain/errors.js";
import { cancelJob, getJob, workAtOnce } from "../../../lib/operations/manage/jobs.js";
import { endReplay, workOnReplay } from "../../../lib/operations/redrive/work-on-replay.js";
import { drained, publishEach, withAudit } from "../a-consumer.js";
import { aStartedReplay } from "../redrive/a-replay.js";

async function withReplay() {
  const audit = await withAudit();
  await publishEach(audit.engine, "a");
  await drained(audit.engine);
  const { reader, job } = await aStartedReplay(audit.engine);
  const timer = { kind: "replay", dueMs: 0, subscription: reader.subscription, job: job.id } as const;
  return { ...audit, reader, job, started: { job, timer, jobs: audit.engine.replayJobs } };
}

it("GIVEN a job WHEN its work fails THEN it is left to the clock; and done, it is as it is then", async () => {
  const { engine, reader, job, started, telemetry } = await withReplay();
  const work = () => Promise.reject(new StorageUnavailable("reading"));
  expect(await workAtOnce(engine, reader, { ...started, work })).toEqual(job);
  expect(telemetry.events.map(({ name }) => name)).toContain("replay-left-to-clock");
  const ended = await workAtOnce(engine, reader, { ...started, work: workOnReplay });
  expect(ended).toMatchObject({ state: "done" });
  expect(await getJob(engine.replayJobs, reader.subscription, job.id)).toEqual(ended);
});

it("GIVEN a job WHEN it is cancelled twice THEN the second time it stays as it is", async () => {
  const { engine, reader, job } = await withReplay();
  const cancelling = { jobs: engine.replayJobs, end: endReplay, id: job.id };
  const cancelled = await cancelJob(engine, reader, { ...cancelling, by: "arn:eve" });
  expect(cancelled).toMatchObject({ state: "cancelled", endedBy: "arn:eve" });
  expect(await cancelJob(engine, reader, { ...cancelling, by: "arn:ada" })).toEqual(cancelled);
  const other = cancelJob(engine, reader, { ...cancelling, id: "none", by: undefined });
  await expect(other).rejects.toMatchObject({ code: "job-not-found" });
});
