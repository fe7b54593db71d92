import { everySchedule, runWhatWaited } from "../../../lib/operations/schedule/after-pause.js";
import { HOUR_MS, schedule, timersIn, withSchedules } from "./with-schedules.js";

const topicOf = async (engine: Awaited<ReturnType<typeof withSchedules>>["engine"]) => {
  const topic = await engine.topics.get("orders");
  if (!topic) throw new Error("it was made");
  return topic;
};

it("GIVEN schedules of which some are due WHEN a pause has ended THEN a clock starts for those", async () => {
  const { engine, clock, starter } = await withSchedules();
  await schedule(engine, "due");
  await schedule(engine, "later", { cron: "0 0 1 * *" });
  await schedule(engine, "paused", { paused: true });
  for (const timer of await timersIn(engine)) await engine.timers.remove(timer);
  clock.advance(HOUR_MS);
  const before = starter.startedClocks.length;
  await runWhatWaited(engine, await topicOf(engine));
  expect(await timersIn(engine)).toMatchObject([{ kind: "schedule", schedule: "due" }]);
  expect(starter.startedClocks.length).toBe(before + 1);
});

it("GIVEN nothing that is due WHEN a pause has ended THEN nothing is done", async () => {
  const { engine, starter } = await withSchedules();
  const before = starter.startedClocks.length;
  await runWhatWaited(engine, await topicOf(engine));
  await schedule(engine, "later", { cron: "0 0 1 * *" });
  const timers = await timersIn(engine);
  await runWhatWaited(engine, await topicOf(engine));
  expect(await timersIn(engine)).toEqual(timers);
  expect(starter.startedClocks.length).toBe(before);
});

it("GIVEN several WHEN all are asked for THEN each comes once, in order of name", async () => {
  const { engine } = await withSchedules();
  for (const name of ["b", "c", "a"]) await schedule(engine, name, { paused: true });
  const names: string[] = [];
  for await (const page of everySchedule(engine, await topicOf(engine)))
    names.push(...page.map(({ name }) => name));
  expect(names).toEqual(["a", "b", "c"]);
});
