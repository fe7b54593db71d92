import { SETTINGS_DEFAULTS } from "../../../lib/operations/engine.js";
import { type RedriveJob, jobId, newJob } from "../../../lib/domain/redrive-job.js";
import { findSubscription } from "../../../lib/operations/lookup.js";
import { endJob, workOnJob } from "../../../lib/operations/redrive/work-on-job.js";
import type { Engine } from "../../../lib/operations/engine.js";
import { aDeadLetter } from "../../contract/builders.js";
import { ack, drained, receive, settleAs, withAudit } from "../a-consumer.js";
import { aText, publishTexts } from "../a-deployment.js";
import { portsAround } from "../ports-around.js";
import { idsOf, withDead } from "./with-dead.js";

async function started(engine: Engine, fields: Partial<RedriveJob> = {}) {
  const reader = await findSubscription(engine, "orders", "audit");
  const nowMs = engine.clock.nowMs();
  const total = await engine.deadLetters.count(reader.subscription, nowMs);
  const job = {
    ...newJob({ id: jobId(nowMs, "n"), selection: { kind: "all" }, startedAtMs: nowMs, total }),
    ...fields,
  };
  const timer = { kind: "redrive", dueMs: nowMs, subscription: reader.subscription, job: job.id } as const;
  expect(await engine.redriveJobs.start(reader.subscription, job, timer)).toEqual({ kind: "started" });
  return { reader, job };
}
const texts = (count: number): readonly string[] => Array.from({ length: count }, (_, at) => `${at}`);

it("GIVEN two workers WHEN both work on a job at once THEN each letter moves once, and is counted once", async () => {
  const { engine, process } = await withDead(texts(60), { topic: { partitions: 4 } });
  const { reader, job } = await started(engine);
  const options = { untilMs: engine.clock.nowMs() + 60_000 };
  const works = await Promise.all([engine, process()].map((one) => workOnJob(one, reader, job, options)));
  expect(works.map(({ kind }) => kind).sort()).toEqual(["ended", "lost"]);
  expect(await engine.redriveJobs.get(reader.subscription, job.id)).toMatchObject({
    ...{ state: "done", moved: 60, examined: 60, refused: 0 },
  });
  expect((await drained(engine)).length).toBe(60);
});

it("GIVEN looks that take longer than its time WHEN it goes on and on THEN it ends all the same", async () => {
  const { engine, process, clock } = await withDead(texts(20));
  const slow = process((ports) =>
    portsAround(ports, async ({ name }, carryOut) => {
      if (name === "deadLetters.list") clock.advance(5_000);
      return await carryOut();
    }),
  );
  const { reader, job } = await started(engine);
  let worked = await workOnJob(slow, reader, job, { untilMs: clock.nowMs() + 1_000 });
  for (let slice = 1; slice < 4 && worked.kind === "again"; slice++)
    worked = await workOnJob(slow, reader, worked.job, { untilMs: clock.nowMs() + 1_000 });
  expect(worked).toMatchObject({ kind: "ended", job: { moved: 20, examined: 20 } });
});

it("GIVEN a filter that matches none of very many WHEN it works THEN its looks are bounded, and told", async () => {
  const { engine, process } = await withAudit();
  const { subscription } = await findSubscription(engine, "orders", "audit");
  const MANY = 3_000;
  for (let at = 0; at < MANY; at += 20) {
    const deadLetters = Array.from({ length: 20 }, (_, more) => ({
      letter: aDeadLetter({ offset: at + more, deadLetteredAtMs: at, expiresAtMs: Number.MAX_SAFE_INTEGER }),
    }));
    expect(await engine.progress.move(subscription, { deadLetters })).toBe("moved");
  }
  const lists: number[] = [];
  const slow = process((ports) =>
    portsAround(ports, async ({ name, args }, carryOut) => {
      if (name === "deadLetters.list") {
        lists.push((args[2] as { limit: number }).limit);
        await ports.clock.sleep(10);
      }
      return await carryOut();
    }),
  );
  const selection = { kind: "filter", filter: '{"tag":["never"]}' } as const;
  const { reader, job } = await started(slow, { selection });
  const worked = await workOnJob(slow, reader, job, { untilMs: slow.clock.nowMs() + 500, isLenient: true });
  expect(worked).toMatchObject({ kind: "again", job: { state: "running", moved: 0, total: MANY } });
  const kept = await engine.redriveJobs.running(subscription);
  expect(kept?.examined).toBe(lists.length * 20);
  expect(lists.every((limit) => limit <= 20)).toBe(true);
  let left = kept ?? job;
  for (let slices = 0; left.state === "running"; slices++) {
    expect(slices).toBeLessThan(10);
    const next = await workOnJob(slow, reader, left, { untilMs: slow.clock.nowMs() + 500, isLenient: true });
    if (next.kind !== "lost") left = next.job;
  }
  expect(left).toMatchObject({ state: "done", examined: MANY, moved: 0 });
});

it("GIVEN a key that has no room WHEN it works THEN it waits for room", async () => {
  const { parkedAtMost } = SETTINGS_DEFAULTS;
  const all = parkedAtMost + 10;
  const { engine } = await withDead(texts(all), { topic: { ordering: "key" } });
  const { reader, job } = await started(engine, { ratePerSecond: 10 });
  let worked = await workOnJob(engine, reader, job, { untilMs: engine.clock.nowMs() + 60_000 });
  expect(worked).toMatchObject({ kind: "again", job: { moved: parkedAtMost, refused: 0 } });
  while ((await idsOf(engine)).length > 0) {
    for (let handed = await receive(engine, 20); handed.length > 0; handed = await receive(engine, 20))
      await ack(engine, handed);
    if (worked.kind === "again")
      worked = await workOnJob(engine, reader, worked.job, { untilMs: engine.clock.nowMs() + 60_000 });
  }
  expect(worked).toMatchObject({ kind: "ended", job: { moved: all, refused: 0 } });
});

it("GIVEN a job that has changed meanwhile WHEN it is ended THEN it is not", async () => {
  const { engine } = await withDead(["a"]);
  const { reader, job } = await started(engine);
  await engine.redriveJobs.save(reader.subscription, { ...job, version: 2 });
  expect(await endJob(engine, reader, job, { state: "done" })).toBeUndefined();
  expect(await engine.redriveJobs.running(reader.subscription)).toMatchObject({ version: 2 });
});

it("GIVEN messages that die while it works WHEN it goes on THEN it leaves them", async () => {
  const { engine, clock } = await withDead(["a"]);
  const { reader, job } = await started(engine);
  clock.advance(1_000);
  await publishTexts(engine, "orders", aText("later"));
  await settleAs(engine, await receive(engine), { outcome: "reject" });
  const worked = await workOnJob(engine, reader, job, { untilMs: clock.nowMs() + 60_000 });
  expect(worked).toMatchObject({ kind: "ended", job: { moved: 1, examined: 1 } });
  expect(await idsOf(engine)).toHaveLength(1);
});
