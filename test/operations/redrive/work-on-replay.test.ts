import { StorageUnavailable } from "../../../lib/domain/errors.js";
import { endReplay, workOnReplay, wouldReplay } from "../../../lib/operations/redrive/work-on-replay.js";
import { drained, publishEach, withAudit } from "../a-consumer.js";
import { portsAround } from "../ports-around.js";
import { aStartedReplay } from "./a-replay.js";

const texts = (count: number): readonly string[] => Array.from({ length: count }, (_, at) => `${at}`);

async function withDone(count: number) {
  const audit = await withAudit({ topic: { partitions: 4 } });
  await publishEach(audit.engine, ...texts(count));
  await drained(audit.engine);
  return audit;
}

it("GIVEN two workers WHEN both work on a replay at once THEN each message comes again once", async () => {
  const { engine, process } = await withDone(60);
  const { reader, job } = await aStartedReplay(engine);
  const options = { untilMs: engine.clock.nowMs() + 60_000 };
  const works = await Promise.all([engine, process()].map((one) => workOnReplay(one, reader, job, options)));
  expect(works.map(({ kind }) => kind).sort()).toEqual(["ended", "lost"]);
  const { state, counts } = (await engine.replayJobs.get(reader.subscription, job.id)) ?? {};
  expect([state, counts?.moved, counts?.read]).toEqual(["done", 60, 60]);
  expect((await drained(engine)).length).toBe(60);
});

it("GIVEN a worker that dies right after a move WHEN another goes on THEN each comes once", async () => {
  const { engine, process } = await withDone(30);
  const { reader, job } = await aStartedReplay(engine, { ratePerSecond: 50 });
  const dying = process((ports) =>
    portsAround(ports, async ({ name }, carryOut) => {
      const answer = await carryOut();
      if (name === "progress.move") throw new StorageUnavailable("moving messages");
      return answer;
    }),
  );
  const options = { untilMs: engine.clock.nowMs() + 600_000 };
  await expect(workOnReplay(dying, reader, job, options)).rejects.toThrow(StorageUnavailable);
  const stored = await engine.replayJobs.running(reader.subscription);
  expect(stored?.counts.moved).toBeGreaterThan(0);
  expect(await workOnReplay(engine, reader, stored ?? job, options)).toMatchObject({
    ...{ kind: "ended", job: { counts: { moved: 30 } } },
  });
  expect((await drained(engine)).sort()).toEqual([...texts(30)].sort());
});

it("GIVEN a dry look THEN nothing is written, and what would come is counted", async () => {
  const { engine } = await withDone(5);
  const { reader, job } = await aStartedReplay(engine);
  const would = await wouldReplay(engine, reader, job, engine.clock.nowMs() + 60_000);
  expect(would).toMatchObject({ version: 1, ranges: [], counts: { moved: 5 } });
  expect(await engine.replayJobs.running(reader.subscription)).toEqual(job);
});

it("GIVEN an end of before another change THEN it does not go through", async () => {
  const { engine } = await withDone(1);
  const { reader, job } = await aStartedReplay(engine);
  expect(await endReplay(engine, reader, { ...job, version: 9 }, { state: "done" })).toBeUndefined();
  expect(await endReplay(engine, reader, job, { state: "done" })).toMatchObject({
    state: "done",
    version: 2,
  });
});
