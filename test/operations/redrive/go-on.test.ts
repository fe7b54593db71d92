import { StorageUnavailable } from "../../../lib/domain/errors.js";
import type { SubscriptionTimer } from "../../../lib/domain/timer.js";
import type { Engine } from "../../../lib/operations/engine.js";
import { findSubscription } from "../../../lib/operations/lookup.js";
import { tick } from "../../../lib/operations/clock/tick.js";
import { startRedrive } from "../../../lib/operations/manage/redrive-jobs.js";
import { goOnWithJob } from "../../../lib/operations/redrive/go-on.js";
import { aText } from "../a-deployment.js";
import { portsAround } from "../ports-around.js";
import { LARGE, withDead } from "./with-dead.js";

const SLOW = { selection: { kind: "all" }, ratePerSecond: 0.1 } as const;
const timerIn = async (engine: Engine): Promise<SubscriptionTimer> =>
  (await engine.timers.due(Infinity, 1))[0] as SubscriptionTimer;

it("GIVEN a job that waits WHEN its timer fires too soon THEN it tells when it may go on", async () => {
  const { engine, clock } = await withDead(["a", "b"]);
  await startRedrive(engine, "orders", "audit", SLOW);
  const timer = await timerIn(engine);
  const againMs = await goOnWithJob(engine, timer);
  expect((againMs ?? 0) - clock.nowMs()).toBeGreaterThan(5_000);
});

it.each<[string, Partial<SubscriptionTimer>]>([
  ["another job", { job: "another" }],
  ["another life of the subscription", {}],
])("GIVEN a timer of %s WHEN it fires THEN nothing is done", async (what, change) => {
  const { engine } = await withDead(["a", "b"]);
  await startRedrive(engine, "orders", "audit", SLOW);
  const timer = { ...(await timerIn(engine)), ...change };
  const { subscription } = timer;
  const other = what.includes("life") ? { ...timer, subscription: { ...subscription, uid: "other" } } : timer;
  expect(await goOnWithJob(engine, other)).toBeUndefined();
  const reader = await findSubscription(engine, "orders", "audit");
  expect(await engine.redriveJobs.running(reader.subscription)).toMatchObject({ moved: 1 });
});

it("GIVEN a copy that cannot be read for long WHEN it goes on THEN it is refused after a few tries", async () => {
  const large = aText(LARGE, { tag: "a" });
  const dead = await withDead([large, aText("b", { tag: "a" })]);
  const engine = dead.process((ports) =>
    portsAround(ports, async ({ name }, carryOut) => {
      if (name === "segments.get") throw new StorageUnavailable("the test");
      return await carryOut();
    }),
  );
  const selection = { kind: "filter", filter: '{"tag":["a"]}' } as const;
  const job = await startRedrive(engine, "orders", "audit", { selection });
  expect(job).toMatchObject({ state: "running", moved: 0 });
  for (let minute = 0; minute < 3; minute++) {
    dead.clock.advance(60_000);
    await tick(engine, { deadlineMs: dead.clock.nowMs() + 60_000 });
  }
  const reader = await findSubscription(engine, "orders", "audit");
  expect(await engine.redriveJobs.get(reader.subscription, job.id)).toMatchObject({
    ...{ state: "done", moved: 1, refused: 1 },
    refusals: [{ id: dead.ids[0], code: "storage-unavailable" }],
  });
});

it("GIVEN a job that can't go on for an hour WHEN its timer fires once more THEN it has failed", async () => {
  const { engine } = await withDead(["a", "b"]);
  const job = await startRedrive(engine, "orders", "audit", SLOW);
  const timer = await timerIn(engine);
  expect(await goOnWithJob(engine, { ...timer, failures: 20 })).toBeUndefined();
  const reader = await findSubscription(engine, "orders", "audit");
  expect(await engine.redriveJobs.get(reader.subscription, job.id)).toMatchObject({
    ...{ state: "failed", moved: 1 },
    error: expect.stringContaining("an hour") as string,
  });
  const { ratePerSecond: _, ...fast } = SLOW;
  expect(await startRedrive(engine, "orders", "audit", fast)).toMatchObject({ state: "done", moved: 1 });
});
