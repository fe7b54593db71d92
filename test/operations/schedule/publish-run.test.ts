import { afterRun } from "../../../lib/domain/schedule-run.js";
import { changeTopic } from "../../../lib/operations/manage/topics.js";
import { publishRun } from "../../../lib/operations/schedule/publish-run.js";
import { bodiesInLog, schedule, timersIn, withSchedules } from "./with-schedules.js";

const prepared = async () => {
  const deployed = await withSchedules();
  const { engine } = deployed;
  await schedule(engine, "tick");
  const topic = await engine.topics.get("orders");
  const there = topic && (await engine.schedules.get(topic, "tick"));
  if (!topic || !there) throw new Error("it was made");
  const nowMs = there.nextRunMs ?? 0;
  const messageId = "orders.000000000-0123456789abcdef";
  return {
    ...deployed,
    topic,
    there,
    run: { messageId, nowMs, next: afterRun(there, nowMs, { messageId, nowMs }) },
  };
};

it("GIVEN a run WHEN it is published twice THEN the second is told that the schedule has changed", async () => {
  const { engine, topic, there, run } = await prepared();
  expect((await publishRun(engine, topic, there, run)).kind).toBe("ran");
  expect(await publishRun(engine, topic, there, run)).toEqual({ kind: "changed" });
  expect(await bodiesInLog(engine)).toEqual(["tick"]);
  expect(await timersIn(engine)).toHaveLength(2);
});

it("GIVEN a run with a claim WHEN another one has it THEN it is told what that says", async () => {
  const { engine, topic, there, run, clock } = await prepared();
  const claim = {
    kind: "claim",
    name: "run#x",
    value: "first",
    expiresAtMs: clock.nowMs() + 60_000,
  } as const;
  expect((await publishRun(engine, topic, there, { ...run, claim })).kind).toBe("ran");
  expect(await publishRun(engine, topic, there, { ...run, claim })).toEqual({
    kind: "known",
    value: "first",
  });
});

it("GIVEN a topic whose schema was tightened WHEN a run is published THEN it is refused", async () => {
  const { engine, topic, there, run, telemetry } = await prepared();
  const tightened = await changeTopic(engine, "orders", { schema: '{"type":"object"}' });
  const outcome = await publishRun(engine, tightened, there, run);
  expect(outcome).toMatchObject({
    kind: "refused",
    fault: { code: "schema-violated", errors: [{ path: "message.body" }] },
  });
  expect(await bodiesInLog(engine)).toEqual([]);
  expect((await engine.schedules.get(topic, "tick"))?.version).toBe(there.version);
  expect(telemetry.events.filter(({ name }) => name === "schema-violated")).toHaveLength(1);
});
