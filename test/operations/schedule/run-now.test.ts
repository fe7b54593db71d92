import { StorageUnavailable } from "../../../lib/domain/errors.js";
import { changeSchedule, deleteSchedule, getSchedule } from "../../../lib/operations/manage/schedules.js";
import { changeTopic } from "../../../lib/operations/manage/topics.js";
import { runNow } from "../../../lib/operations/schedule/run-now.js";
import { receive } from "../a-consumer.js";
import { portsAround } from "../ports-around.js";
import { bodiesInLog, schedule, withSchedules } from "./with-schedules.js";

it("GIVEN a schedule WHEN it is run now THEN its message is published, and its next run stays", async () => {
  const { engine, startMs } = await withSchedules();
  const { value } = await schedule(engine, "tick");
  const ran = await runNow(engine, "orders", "tick");
  expect(await receive(engine)).toMatchObject([
    { id: ran.id, body: "tick", publishedAtMs: ran.publishedAtMs },
  ]);
  const { schedule: after } = await getSchedule(engine, "orders", "tick");
  expect(after).toMatchObject({ nextRunMs: value.schedule.nextRunMs, lastMessageId: ran.id });
  expect(after.lastRunMs).toBeGreaterThanOrEqual(startMs);
});

it("GIVEN one that is paused WHEN it is run now THEN it runs, and stays paused", async () => {
  const { engine } = await withSchedules();
  await schedule(engine, "tick", { paused: true });
  await runNow(engine, "orders", "tick");
  expect(await bodiesInLog(engine)).toEqual(["tick"]);
  const { schedule: after } = await getSchedule(engine, "orders", "tick");
  expect(after.paused).toBe(true);
  expect(after.nextRunMs).toBeUndefined();
});

it("GIVEN a request whose answer was lost WHEN it is sent again by its key THEN it ran once", async () => {
  const { engine, process } = await withSchedules();
  await schedule(engine, "tick");
  let lost = 0;
  const unlucky = process((ports) =>
    portsAround(ports, async ({ name }, carryOut) => {
      const answer = await carryOut();
      if (name === "log.append" && lost++ === 0) throw new StorageUnavailable("the test");
      return answer;
    }),
  );
  await expect(runNow(unlucky, "orders", "tick", { key: "key" })).rejects.toMatchObject({
    code: "storage-unavailable",
  });
  const again = await runNow(unlucky, "orders", "tick", { key: "key" });
  expect(await runNow(engine, "orders", "tick", { key: "key" })).toEqual(again);
  const handed = await receive(engine);
  expect(handed.map(({ id }) => id)).toEqual([again.id]);
  // Another key is another request.
  await runNow(engine, "orders", "tick", { key: "other" });
  expect(await receive(engine)).toHaveLength(1);
});

it("GIVEN what cannot run WHEN it is asked to THEN the reason is said, and nothing is published", async () => {
  const { engine } = await withSchedules();
  await expect(runNow(engine, "orders", "none")).rejects.toMatchObject({ code: "schedule-not-found" });
  await expect(runNow(engine, "none", "tick")).rejects.toMatchObject({ code: "topic-not-found" });
  await schedule(engine, "tick");
  await changeTopic(engine, "orders", { paused: "all" });
  await expect(runNow(engine, "orders", "tick")).rejects.toMatchObject({ code: "topic-paused" });
  await changeTopic(engine, "orders", { paused: "none" });
  await deleteSchedule(engine, "orders", "tick");
  await expect(runNow(engine, "orders", "tick")).rejects.toMatchObject({ code: "schedule-not-found" });
  expect(await bodiesInLog(engine)).toEqual([]);
});

it("GIVEN somebody who changes it each time WHEN it is run now THEN it gives up, and has not run", async () => {
  const { engine, process } = await withSchedules();
  await schedule(engine, "tick");
  let changes = 0;
  const slow = process((ports) =>
    portsAround(ports, async ({ name }, carryOut) => {
      if (name === "log.append")
        await changeSchedule(engine, "orders", "tick", { description: `${changes++}` });
      return await carryOut();
    }),
  );
  await expect(runNow(slow, "orders", "tick")).rejects.toMatchObject({ code: "conflict" });
  expect(await bodiesInLog(engine)).toEqual([]);
});

it("GIVEN a message that its topic's schema takes no more WHEN it is run now THEN the caller is told", async () => {
  const { engine } = await withSchedules();
  const { value } = await schedule(engine, "tick");
  await changeTopic(engine, "orders", { schema: '{"type":"object"}' });
  const refusal = { code: "schema-violated", errors: [{ path: "message.body" }] };
  await expect(runNow(engine, "orders", "tick", { key: "key" })).rejects.toMatchObject(refusal);
  expect((await getSchedule(engine, "orders", "tick")).schedule).toEqual(value.schedule);
  // Its key is not used up.
  await changeTopic(engine, "orders", { schema: null });
  await runNow(engine, "orders", "tick", { key: "key" });
  expect(await bodiesInLog(engine)).toEqual(["tick"]);
});

it("GIVEN somebody who signs the request WHEN it is run now THEN the message says who", async () => {
  const { engine } = await withSchedules();
  await schedule(engine, "tick");
  await runNow(engine, "orders", "tick", { publishedBy: "arn:aws:iam::123456789012:role/ops" });
  expect(await receive(engine)).toMatchObject([{ publishedBy: "arn:aws:iam::123456789012:role/ops" }]);
});
