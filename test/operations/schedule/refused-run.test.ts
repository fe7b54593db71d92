import { StorageUnavailable } from "../../../lib/domain/errors.js";
import { changeSchedule, getSchedule } from "../../../lib/operations/manage/schedules.js";
import { changeTopic } from "../../../lib/operations/manage/topics.js";
import type { Engine } from "../../../lib/operations/engine.js";
import { portsAround } from "../ports-around.js";
import {
  HOUR_MS,
  bodiesInLog,
  content,
  fireDue,
  schedule,
  timersIn,
  withSchedules,
} from "./with-schedules.js";

const stateOf = async (engine: Engine, name = "tick") => (await getSchedule(engine, "orders", name)).schedule;

const OBJECT = '{"type":"object"}';
const json = (body: string) => content(body, { contentType: "application/json" });

it("GIVEN a message that fits no more WHEN it is due THEN that is told, it goes on, and no other waits", async () => {
  // GIVEN
  const { engine, clock, clockProcess, startMs, telemetry } = await withSchedules();
  await schedule(engine, "unfit", { message: json("7") });
  await schedule(engine, "well", { message: json("{}") });
  await changeTopic(engine, "orders", { schema: OBJECT });
  // WHEN
  clock.advance(HOUR_MS);
  await fireDue(clockProcess);
  await fireDue(clockProcess);
  // THEN
  expect(await bodiesInLog(engine)).toEqual(["{}"]);
  const refused = await stateOf(engine, "unfit");
  expect(refused).toMatchObject({ nextRunMs: startMs + 2 * HOUR_MS, lastDueMs: startMs + HOUR_MS });
  expect(refused.lastRefusal).toEqual({ atMs: clock.nowMs(), detail: "message.body must be object" });
  expect(refused).not.toHaveProperty("lastRunMs");
  expect(telemetry.events.filter(({ name }) => name.startsWith("schedule-run"))).toMatchObject([
    { name: "schedule-run-refused", level: "error", fields: { topic: "orders", schedule: "unfit" } },
  ]);
  // It is tried at its next time, and no sooner.
  expect((await timersIn(engine)).map(({ dueMs }) => dueMs)).toEqual([
    startMs + 2 * HOUR_MS,
    startMs + 2 * HOUR_MS,
  ]);
});

it("GIVEN one that was refused WHEN the schema takes it again THEN it runs at its next time", async () => {
  const { engine, clock, clockProcess } = await withSchedules();
  await schedule(engine, "tick", { message: json("7") });
  await changeTopic(engine, "orders", { schema: OBJECT });
  clock.advance(3.5 * HOUR_MS);
  await fireDue(clockProcess);
  await changeTopic(engine, "orders", { schema: null });
  await fireDue(clockProcess);
  expect(await bodiesInLog(engine)).toEqual([]);
  clock.advance(HOUR_MS);
  await fireDue(clockProcess);
  expect(await bodiesInLog(engine)).toEqual(["7"]);
  expect(await stateOf(engine)).not.toHaveProperty("lastRefusal");
});

it("GIVEN a schedule that is mended while it is refused WHEN both are done THEN it has run as mended", async () => {
  const { engine, clock, process } = await withSchedules();
  await schedule(engine, "tick", { message: json("7") });
  await changeTopic(engine, "orders", { schema: OBJECT });
  let isMended = false;
  const slow = process((ports) =>
    portsAround(ports, async ({ name }, carryOut) => {
      if (name === "schedules.update" && !isMended) {
        isMended = true;
        await changeSchedule(engine, "orders", "tick", { message: json('{"n":1}') });
      }
      return await carryOut();
    }),
  );
  clock.advance(HOUR_MS);
  await fireDue(slow);
  expect(await bodiesInLog(engine)).toEqual(['{"n":1}']);
  expect(await stateOf(engine)).not.toHaveProperty("lastRefusal");
});

it("GIVEN a refusal whose answer was lost WHEN the clock tries again THEN it is written once", async () => {
  const { engine, clock, process, startMs } = await withSchedules();
  await schedule(engine, "tick", { message: json("7") });
  await changeTopic(engine, "orders", { schema: OBJECT });
  let lost = 0;
  const unlucky = process((ports) =>
    portsAround(ports, async ({ name }, carryOut) => {
      const answer = await carryOut();
      if (name === "schedules.update" && lost++ === 0) throw new StorageUnavailable("the test");
      return answer;
    }),
  );
  clock.advance(HOUR_MS);
  await fireDue(unlucky);
  clock.advance(5_000);
  await fireDue(unlucky);
  expect(await stateOf(engine)).toMatchObject({ version: 2, nextRunMs: startMs + 2 * HOUR_MS });
  expect(await timersIn(engine)).toMatchObject([{ dueMs: startMs + 2 * HOUR_MS }]);
});
