import { deleteSubscription } from "../../../lib/operations/manage/subscriptions.js";
import { deleteTopic, putTopic } from "../../../lib/operations/manage/topics.js";
import {
  changeSchedule,
  deleteSchedule,
  getSchedule,
  listSchedules,
  putSchedule,
} from "../../../lib/operations/manage/schedules.js";
import { purgeGarbage } from "../../../lib/operations/clock/purge-garbage.js";
import { settingsKept } from "../../../lib/operations/schedule/kept-settings.js";
import { SCHEDULES_AT_MOST, SCHEDULED_LIMIT_BYTES } from "../../../lib/domain/schedule.js";
import type { Ownership } from "../../../lib/domain/ownership.js";
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
} from "../schedule/with-schedules.js";

it("GIVEN a topic WHEN a schedule is put THEN it has its defaults, its next run, and a timer for it", async () => {
  const { engine, startMs } = await withSchedules();
  const put = await schedule(engine, "tick");
  expect(put).toMatchObject({ created: true, value: { message: content("tick") } });
  expect(put.value.schedule).toMatchObject({
    ...{ name: "tick", cron: "0 * * * *", timeZone: "UTC", paused: false, description: "", version: 1 },
    ...{ nextRunMs: startMs + HOUR_MS, createdAtMs: startMs },
  });
  expect(await getSchedule(engine, "orders", "tick")).toEqual(put.value);
  expect(await timersIn(engine)).toMatchObject([
    { kind: "schedule", schedule: "tick", dueMs: startMs + HOUR_MS },
  ]);
});

it("GIVEN a schedule WHEN it is put again THEN only what differs changes, with defaults for the rest", async () => {
  const { engine, storage } = await withSchedules();
  const first = await schedule(engine, "tick", { description: "d", paused: true });
  const again = await schedule(engine, "tick", { description: "d", paused: true });
  expect(again).toEqual({ created: false, value: first.value });
  const { value } = await schedule(engine, "tick", { timeZone: "Europe/Berlin" });
  expect(value.schedule).toMatchObject({
    description: "",
    paused: false,
    timeZone: "Europe/Berlin",
    version: 2,
  });
  expect([...storage.schedules.values()].map(({ size }) => size)).toEqual([1]);
});

it("GIVEN a run within the minute WHEN a schedule is put THEN a clock starts for it", async () => {
  const { engine, clock, starter } = await withSchedules();
  clock.advance(30_000);
  const before = starter.startedClocks.length;
  await schedule(engine, "late", { cron: "0 0 1 1 *" });
  expect(starter.startedClocks.length).toBe(before);
  await schedule(engine, "soon", { cron: "* * * * *" });
  expect(starter.startedClocks.length).toBe(before + 1);
});

it.each([
  [{ cron: "* * * * * *" }, "cron", "five fields"],
  [{ cron: "0 0 30 2 *" }, "cron", "never comes"],
  [{ timeZone: "Mars/Olympus" }, "timeZone", "not a time zone"],
])(
  "GIVEN %j WHEN it is put, or changed to, THEN it is refused, and nothing is stored",
  async (wrong, path, words) => {
    const { engine } = await withSchedules();
    const refusal = { code: "invalid-request", errors: [{ path, detail: expect.stringContaining(words) }] };
    await expect(schedule(engine, "tick", wrong)).rejects.toMatchObject(refusal);
    expect((await listSchedules(engine, "orders", { limit: 5 })).items).toEqual([]);
    const { value } = await schedule(engine, "tick");
    await expect(changeSchedule(engine, "orders", "tick", wrong)).rejects.toMatchObject(refusal);
    expect(await getSchedule(engine, "orders", "tick")).toEqual(value);
  },
);

it("GIVEN what a topic does not take WHEN it is put THEN it is refused", async () => {
  const { engine } = await withSchedules({ ordering: "key", partitions: 2 });
  await expect(schedule(engine, "tick")).rejects.toMatchObject({ errors: [{ path: "message.key" }] });
  const large = content("x".repeat(SCHEDULED_LIMIT_BYTES), { key: "k" });
  await expect(schedule(engine, "tick", { message: large })).rejects.toMatchObject({
    code: "message-too-large",
  });
  const message = content("tick", { key: "k" });
  for (let made = 0; made < SCHEDULES_AT_MOST; made++)
    await schedule(engine, `s${made}`, { message, paused: true });
  await expect(schedule(engine, "tick", { message })).rejects.toMatchObject({ code: "too-many-schedules" });
  // One that is there can be changed.
  await schedule(engine, "s7", { message });
});

it("GIVEN what is not there WHEN it is asked for THEN that is said", async () => {
  const { engine } = await withSchedules();
  const missing = { code: "schedule-not-found" };
  await expect(getSchedule(engine, "orders", "none")).rejects.toMatchObject(missing);
  await expect(changeSchedule(engine, "orders", "none", {})).rejects.toMatchObject(missing);
  await expect(deleteSchedule(engine, "orders", "none")).rejects.toMatchObject(missing);
  const put = putSchedule(engine, "none", "tick", { cron: "0 * * * *", message: content("x") });
  await expect(put).rejects.toMatchObject({ code: "topic-not-found" });
});

describe("a change", () => {
  it("GIVEN another expression WHEN it is set THEN it counts from now, and the old timer is gone", async () => {
    const { engine, startMs } = await withSchedules();
    await schedule(engine, "tick");
    const { schedule: after } = await changeSchedule(engine, "orders", "tick", { cron: "*/7 * * * *" });
    expect(after.nextRunMs).toBe(startMs + 7 * MINUTE_MS);
    expect(await timersIn(engine)).toMatchObject([{ dueMs: startMs + 7 * MINUTE_MS }]);
  });

  it("GIVEN another message only WHEN it is set THEN its next run stays, also one that is overdue", async () => {
    const { engine, clock, clockProcess, startMs } = await withSchedules();
    await schedule(engine, "tick");
    clock.advance(2.5 * HOUR_MS);
    const found = await changeSchedule(engine, "orders", "tick", { message: content("other") });
    expect(found.schedule.nextRunMs).toBe(startMs + HOUR_MS);
    expect(await timersIn(engine)).toHaveLength(1);
    await fireDue(clockProcess);
    expect(await bodiesInLog(engine)).toEqual(["other"]);
  });

  it("GIVEN a pause WHEN it begins and ends THEN nothing runs in it, and nothing of it is made up for", async () => {
    const { engine, clock, clockProcess, startMs } = await withSchedules();
    await schedule(engine, "tick");
    const { schedule: paused } = await changeSchedule(engine, "orders", "tick", { paused: true });
    expect(paused.nextRunMs).toBeUndefined();
    expect(await timersIn(engine)).toEqual([]);
    clock.advance(5.5 * HOUR_MS);
    await clockRuns(clockProcess);
    await changeSchedule(engine, "orders", "tick", { paused: false });
    await fireDue(clockProcess);
    expect(await bodiesInLog(engine)).toEqual([]);
    expect((await firstTimer(engine)).dueMs).toBe(startMs + 6 * HOUR_MS);
  });

  it("GIVEN one that is due and has not run WHEN it is paused THEN that run falls away", async () => {
    const { engine, clock, clockProcess } = await withSchedules();
    await schedule(engine, "tick");
    const timer = await firstTimer(engine);
    clock.advance(1.5 * HOUR_MS);
    await changeSchedule(engine, "orders", "tick", { paused: true });
    await changeSchedule(engine, "orders", "tick", { paused: false });
    await engine.timers.set(timer);
    await fireDue(clockProcess);
    expect(await bodiesInLog(engine)).toEqual([]);
    expect(await timersIn(engine)).toHaveLength(1);
  });

  it("GIVEN nothing WHEN it is set THEN nothing is written", async () => {
    const { engine } = await withSchedules();
    const { value } = await schedule(engine, "tick");
    expect(await changeSchedule(engine, "orders", "tick", { paused: false })).toEqual(value);
  });
});

describe("a deletion", () => {
  it("GIVEN a schedule WHEN it is deleted THEN it runs no more, and its timer is gone", async () => {
    const { engine, clock, clockProcess } = await withSchedules();
    await schedule(engine, "tick");
    const timer = await firstTimer(engine);
    await deleteSchedule(engine, "orders", "tick");
    expect(await timersIn(engine)).toEqual([]);
    // One that was left behind does nothing, though there is another of that name.
    await engine.timers.set(timer);
    await schedule(engine, "tick", { cron: "0 0 1 1 *" });
    clock.advance(2 * HOUR_MS);
    await fireDue(clockProcess);
    expect(await bodiesInLog(engine)).toEqual([]);
  });

  it("GIVEN a topic with schedules WHEN it is deleted and made anew THEN they are gone with their timers", async () => {
    const { engine, clock, clockProcess, storage } = await withSchedules();
    await schedule(engine, "yearly", { cron: "0 0 1 1 *" });
    await schedule(engine, "tick");
    await deleteSubscription(engine, "orders", "audit");
    await deleteTopic(engine, "orders");
    await expect(getSchedule(engine, "orders", "tick")).rejects.toMatchObject({ code: "topic-not-found" });
    clock.advance(10 * MINUTE_MS);
    await putTopic(engine, "orders", {});
    expect((await listSchedules(engine, "orders", { limit: 5 })).items).toEqual([]);
    await purgeGarbage(clockProcess, Infinity);
    expect(storage.schedules.size).toBe(0);
    expect(await timersIn(engine)).toEqual([]);
    clock.advance(2 * HOUR_MS);
    await fireDue(clockProcess);
    expect([...storage.logs.values()].flat()).toEqual([]);
  });

  it("GIVEN an owner WHEN it is deleted for another one THEN that is refused, whatever ran meanwhile", async () => {
    const { engine, clock, clockProcess } = await withSchedules();
    const ownership: Ownership = { owner: { stackId: "s", logicalId: "l" }, since: "r", former: [] };
    await putSchedule(
      engine,
      "orders",
      "tick",
      { cron: "0 * * * *", message: content("x") },
      () => ownership,
    );
    await expect(deleteSchedule(engine, "orders", "tick", () => false)).rejects.toMatchObject({
      code: "conflict",
    });
    clock.advance(HOUR_MS);
    let asked = 0;
    const mayDelete = (found: Ownership | undefined): boolean => {
      asked++;
      return found?.owner.logicalId === "l";
    };
    await fireDue(clockProcess);
    await deleteSchedule(engine, "orders", "tick", mayDelete);
    expect(asked).toBe(1);
  });

  it("GIVEN a claim WHEN there is one of that name THEN it is a conflict, and a change claims it", async () => {
    const { engine } = await withSchedules();
    await schedule(engine, "tick");
    const ownership: Ownership = { owner: { stackId: "s", logicalId: "l" }, since: "r", former: [] };
    const settings = { cron: "0 * * * *", message: content("x") };
    const put = putSchedule(engine, "orders", "tick", settings, () => ownership);
    await expect(put).rejects.toMatchObject({ code: "conflict" });
    const texts: string[] = [];
    await changeSchedule(engine, "orders", "tick", {}, (_, text) => {
      texts.push(text);
      return ownership;
    });
    expect(await settingsKept(engine, "tick", texts[0] ?? "")).toMatchObject({
      cron: "0 * * * *",
      message: content("tick"),
    });
    expect((await getSchedule(engine, "orders", "tick")).schedule.ownership).toEqual(ownership);
  });
});

it("GIVEN schedules WHEN they are listed THEN they come by name, page by page, without their messages", async () => {
  const { engine } = await withSchedules();
  for (const name of ["b", "a", "c"]) await schedule(engine, name);
  const first = await listSchedules(engine, "orders", { limit: 2 });
  const rest = await listSchedules(engine, "orders", { limit: 2, cursor: first.nextCursor ?? "" });
  expect([...first.items, ...rest.items].map(({ name }) => name)).toEqual(["a", "b", "c"]);
  expect(first.items[0]).not.toHaveProperty("copy");
});
