import { StorageUnavailable } from "../../../lib/domain/errors.js";
import { runId } from "../../../lib/domain/schedule.js";
import { fire } from "../../../lib/operations/clock/fire.js";
import { changeSchedule, deleteSchedule, getSchedule } from "../../../lib/operations/manage/schedules.js";
import { changeTopic } from "../../../lib/operations/manage/topics.js";
import { runNow } from "../../../lib/operations/schedule/run-now.js";
import { runSchedule } from "../../../lib/operations/schedule/run-schedule.js";
import type { Engine } from "../../../lib/operations/engine.js";
import { receive } from "../a-consumer.js";
import { portsAround } from "../ports-around.js";
import { clockRuns } from "../delay/with-delayed.js";
import {
  HOUR_MS,
  MINUTE_MS,
  bodiesInLog,
  content,
  fireDue,
  firstTimer,
  schedule,
  timersIn,
  withSchedules,
} from "./with-schedules.js";

const stateOf = async (engine: Engine, name = "tick") => (await getSchedule(engine, "orders", name)).schedule;

it("GIVEN a schedule WHEN its times come THEN each publishes its message, by the id of that time", async () => {
  // GIVEN
  const { engine, clock, clockProcess, startMs, telemetry } = await withSchedules();
  await schedule(engine, "tick", { message: content("tick", { tag: "t", expiresInSeconds: 30 }) });
  await fireDue(clockProcess);
  expect(await receive(engine)).toEqual([]);
  // WHEN
  clock.advance(HOUR_MS);
  await fireDue(clockProcess);
  // THEN
  const before = await stateOf(engine);
  const [first] = await receive(engine);
  expect(first).toMatchObject({ id: runId(before, startMs + HOUR_MS), body: "tick", tag: "t" });
  expect(before).toMatchObject({ nextRunMs: startMs + 2 * HOUR_MS, lastMessageId: first?.id });
  clock.advance(HOUR_MS);
  await fireDue(clockProcess);
  const [second] = await receive(engine);
  expect(second?.id).toBe(runId(before, startMs + 2 * HOUR_MS));
  expect(await timersIn(engine)).toHaveLength(1);
  expect(telemetry.events.filter(({ name }) => name === "schedule-ran")).toHaveLength(2);
  expect(telemetry.events.filter(({ name }) => name === "schedule-run-made-up")).toEqual([]);
});

it("GIVEN a schedule of each minute WHEN the clock runs THEN it serves it, and no sooner", async () => {
  const { engine, clockProcess, startMs } = await withSchedules();
  await schedule(engine, "tick", { cron: "* * * * *" });
  await clockRuns(clockProcess);
  const messages = await receive(engine);
  expect(messages).toHaveLength(1);
  expect(messages[0]?.publishedAtMs).toBeGreaterThanOrEqual(startMs + MINUTE_MS);
});

it("GIVEN no clock for ten of its times WHEN one runs THEN one run makes up for them, and says so", async () => {
  const { engine, clock, clockProcess, startMs, telemetry } = await withSchedules();
  await schedule(engine, "tick");
  clock.advance(10.5 * HOUR_MS);
  await fireDue(clockProcess);
  await fireDue(clockProcess);
  expect(await bodiesInLog(engine)).toEqual(["tick"]);
  expect((await stateOf(engine)).nextRunMs).toBe(startMs + 11 * HOUR_MS);
  expect(telemetry.events.find(({ name }) => name === "schedule-run-made-up")).toMatchObject({
    level: "warn",
    fields: { topic: "orders", schedule: "tick", lateMs: 9.5 * HOUR_MS },
  });
});

it("GIVEN two clocks at once WHEN schedules are due THEN each runs once", async () => {
  const { engine, clock, process } = await withSchedules();
  for (const name of ["a", "b", "c"]) await schedule(engine, name);
  clock.advance(HOUR_MS);
  const timers = await timersIn(engine);
  await Promise.all(
    timers.flatMap((timer) => [process(), process(), process()].map((one) => fire(one, timer))),
  );
  expect((await bodiesInLog(engine)).sort()).toEqual(["a", "b", "c"]);
  expect(await timersIn(engine)).toHaveLength(3);
});

it("GIVEN a run whose answer was lost WHEN the clock tries again THEN nothing is published twice", async () => {
  const { engine, clock, process, telemetry } = await withSchedules();
  await schedule(engine, "tick");
  let lost = 0;
  const unlucky = process((ports) =>
    portsAround(ports, async ({ name }, carryOut) => {
      const answer = await carryOut();
      if (name === "log.append" && lost++ === 0) throw new StorageUnavailable("the test");
      return answer;
    }),
  );
  clock.advance(HOUR_MS);
  await fireDue(unlucky);
  expect(lost).toBe(1);
  expect(telemetry.events.filter(({ name }) => name === "schedule-run-failed")).toHaveLength(1);
  clock.advance(5_000);
  await fireDue(unlucky);
  expect(await bodiesInLog(engine)).toEqual(["tick"]);
  expect(await timersIn(engine)).toHaveLength(1);
});

it("GIVEN a clock that died after the run WHEN another one looks at its timer THEN nothing runs", async () => {
  const { engine, clock, clockProcess } = await withSchedules();
  await schedule(engine, "tick");
  clock.advance(HOUR_MS);
  const timer = await firstTimer(engine);
  expect(await runSchedule(clockProcess, timer)).toBeUndefined();
  expect(await timersIn(engine)).toHaveLength(2);
  await fireDue(clockProcess);
  expect(await bodiesInLog(engine)).toEqual(["tick"]);
  expect(await timersIn(engine)).toHaveLength(1);
});

it("GIVEN a clock that was set back since it saw the timer WHEN it works THEN nothing is forgotten", async () => {
  const { engine, clock, clockProcess } = await withSchedules();
  await schedule(engine, "tick");
  const timer = await firstTimer(engine);
  clock.advance(HOUR_MS - MINUTE_MS);
  await fire(clockProcess, timer);
  expect(await bodiesInLog(engine)).toEqual(["tick"]);
  expect((await firstTimer(engine)).dueMs).toBe(timer.dueMs + HOUR_MS);
});

it("GIVEN a clock that put its timer off to before its time WHEN it fires THEN it is set to that time", async () => {
  const { engine, clock, clockProcess, startMs } = await withSchedules();
  await schedule(engine, "tick");
  const timer = await firstTimer(engine);
  await engine.timers.replace(timer, { ...timer, dueMs: startMs + MINUTE_MS, failures: 1 });
  clock.advance(2 * MINUTE_MS);
  await fireDue(clockProcess);
  expect(await timersIn(engine)).toEqual([timer]);
  clock.advance(HOUR_MS);
  await fireDue(clockProcess);
  expect(await bodiesInLog(engine)).toEqual(["tick"]);
});

it("GIVEN a paused topic WHEN a schedule is due THEN it waits without a clock, and runs once then", async () => {
  // GIVEN
  const { engine, clock, clockProcess, startMs } = await withSchedules();
  await schedule(engine, "tick");
  await changeTopic(engine, "orders", { paused: "publish" });
  // WHEN
  clock.advance(3 * HOUR_MS);
  await fireDue(clockProcess);
  // THEN
  expect((await firstTimer(engine)).dueMs - clock.nowMs()).toBeGreaterThan(MINUTE_MS);
  expect(await timersIn(engine)).toHaveLength(1);
  await changeTopic(engine, "orders", { paused: "none" });
  await fireDue(clockProcess);
  expect(await bodiesInLog(engine)).toEqual(["tick"]);
  expect((await stateOf(engine)).nextRunMs).toBe(startMs + 4 * HOUR_MS);
});

it("GIVEN a schedule that changes while it runs WHEN both are done THEN it ran as it was changed", async () => {
  const { engine, clock, process } = await withSchedules();
  await schedule(engine, "tick");
  let isChanged = false;
  const slow = process((ports) =>
    portsAround(ports, async ({ name }, carryOut) => {
      if (name === "log.append" && !isChanged) {
        isChanged = true;
        await changeSchedule(engine, "orders", "tick", { message: content("changed") });
      }
      return await carryOut();
    }),
  );
  clock.advance(HOUR_MS);
  await fireDue(slow);
  expect(await bodiesInLog(engine)).toEqual(["changed"]);
});

it.each([
  ["deleted", (engine: Engine) => deleteSchedule(engine, "orders", "tick")],
  ["paused", (engine: Engine) => changeSchedule(engine, "orders", "tick", { paused: true })],
])(
  "GIVEN a schedule that is %s while it is about to run WHEN it would THEN it does not",
  async (_, change) => {
    const { engine, clock, process } = await withSchedules();
    await schedule(engine, "tick");
    let isChanged = false;
    const slow = process((ports) =>
      portsAround(ports, async ({ name }, carryOut) => {
        if (name === "log.append" && !isChanged) {
          isChanged = true;
          await change(engine);
        }
        return await carryOut();
      }),
    );
    clock.advance(HOUR_MS);
    await fireDue(slow);
    expect(await bodiesInLog(engine)).toEqual([]);
    expect(await timersIn(engine)).toEqual([]);
  },
);

it("GIVEN an operator who runs it as it is due WHEN both are done THEN both have published, once each", async () => {
  const { engine, clock, process } = await withSchedules();
  await schedule(engine, "tick");
  clock.advance(HOUR_MS);
  const timer = await firstTimer(engine);
  await Promise.all([runNow(process(), "orders", "tick"), fire(process(), timer), fire(process(), timer)]);
  await fireDue(engine);
  const ids = (await receive(engine)).map(({ id }) => id);
  expect(new Set(ids).size).toBe(2);
  expect(ids).toContain(runId(await stateOf(engine), timer.dueMs));
});

it("GIVEN one that always fails WHEN another one is due THEN that runs, and the first is put off", async () => {
  const { engine, clock, clockProcess, storage } = await withSchedules();
  await schedule(engine, "sick");
  await schedule(engine, "well");
  const all = [...storage.schedules.values()][0];
  const sick = all?.get("sick");
  if (sick) all?.set("sick", { ...sick, copy: { ...sick.copy, checksum: "damaged" } });
  clock.advance(HOUR_MS);
  await fireDue(clockProcess);
  expect(await bodiesInLog(engine)).toEqual(["well"]);
  expect(await firstTimer(engine)).toMatchObject({ schedule: "sick", failures: 1 });
  // Once its message is replaced it runs.
  await schedule(engine, "sick", { message: content("mended") });
  await fireDue(clockProcess);
  expect(await bodiesInLog(engine)).toEqual(["mended"]);
});

it("GIVEN ordering by key WHEN it runs THEN its messages lie in their key's order", async () => {
  const { engine, clock, clockProcess } = await withSchedules({ ordering: "key", partitions: 4 });
  await schedule(engine, "tick", { cron: "* * * * *", message: content("tick", { key: "k" }) });
  const partitions = new Set<number>();
  for (let run = 0; run < 3; run++) {
    clock.advance(MINUTE_MS);
    await fireDue(clockProcess);
  }
  for (const { partition } of await receive(engine)) partitions.add(partition);
  expect(partitions.size).toBe(1);
});
