import type { Ownership } from "../../../lib/domain/ownership.js";
import {
  changeSchedule,
  getSchedule,
  handBackSchedule,
  putSchedule,
} from "../../../lib/operations/manage/schedules.js";
import { changeTopic } from "../../../lib/operations/manage/topics.js";
import { HOUR_MS, content, fireDue, schedule, withSchedules } from "../schedule/with-schedules.js";

const OBJECT = '{"type":"object","required":["order"]}';
const json = (body: string) => content(body, { contentType: "application/json" });
const refusal = {
  code: "schema-violated",
  errors: [{ path: "message.body.order", detail: "is required" }],
};

it("GIVEN a message that does not fit WHEN it is put, or changed to, THEN that is refused with its place", async () => {
  const { engine } = await withSchedules({ schema: OBJECT });
  await expect(schedule(engine, "tick", { message: json("{}") })).rejects.toMatchObject(refusal);
  await expect(schedule(engine, "tick")).rejects.toMatchObject({
    errors: [{ path: "message.body", detail: expect.stringContaining("must be JSON") }],
  });
  const { value } = await schedule(engine, "tick", { message: json('{"order":1}') });
  const change = { message: json("{}") };
  await expect(changeSchedule(engine, "orders", "tick", change)).rejects.toMatchObject(refusal);
  await expect(schedule(engine, "tick", change)).rejects.toMatchObject(refusal);
  expect(await getSchedule(engine, "orders", "tick")).toEqual(value);
});

it("GIVEN one that was tightened WHEN anything else is changed THEN its message is no obstacle", async () => {
  const { engine } = await withSchedules();
  await schedule(engine, "tick", { message: json("{}") });
  await changeTopic(engine, "orders", { schema: OBJECT });
  await changeSchedule(engine, "orders", "tick", { paused: true });
  const { value } = await schedule(engine, "tick", { message: json("{}"), cron: "@daily" });
  expect(value.schedule).toMatchObject({ cron: "@daily", paused: false });
});

it("GIVEN a construct WHEN its deployment is rolled back THEN a message that fits no more is no obstacle", async () => {
  const { engine } = await withSchedules();
  const ownership: Ownership = { owner: { stackId: "s", logicalId: "l" }, since: "r", former: [] };
  const settings = { cron: "0 * * * *", message: json("{}") };
  await putSchedule(engine, "orders", "tick", settings, () => ownership);
  let kept = "";
  await changeSchedule(engine, "orders", "tick", { message: json('{"order":1}') }, (_, text) => {
    kept = text;
    return ownership;
  });
  await changeTopic(engine, "orders", { schema: OBJECT });
  await handBackSchedule(engine, "orders", "tick", kept, () => ownership);
  expect((await getSchedule(engine, "orders", "tick")).message).toEqual(json("{}"));
});

it("GIVEN one that was refused WHEN its message is replaced THEN the refusal is past", async () => {
  const { engine, clock, clockProcess } = await withSchedules();
  await schedule(engine, "tick", { message: json("{}") });
  await changeTopic(engine, "orders", { schema: OBJECT });
  clock.advance(HOUR_MS);
  await fireDue(clockProcess);
  const described = await changeSchedule(engine, "orders", "tick", { description: "d" });
  expect(described.schedule.lastRefusal).toMatchObject({ detail: "message.body.order is required" });
  const mended = await changeSchedule(engine, "orders", "tick", { message: json('{"order":1}') });
  expect(mended.schedule).not.toHaveProperty("lastRefusal");
});
