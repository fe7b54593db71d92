import { delayedKey } from "../../lib/domain/delayed.js";
import { parseGivenId } from "../../lib/domain/message-id.js";
import {
  type Schedule,
  messageOfRun,
  runId,
  runNowId,
  runNowName,
  scheduleEntry,
  scheduleTimer,
} from "../../lib/domain/schedule.js";
import { timerName } from "../../lib/domain/timer.js";
import { NOW_MS, aSchedule, aTopic, refOf } from "../contract/builders.js";

/** A whole hour. */
const HOUR_MS = NOW_MS - (NOW_MS % 3_600_000);
const hourly = (fields: Partial<Schedule> = {}): Schedule =>
  aSchedule(refOf(aTopic()), { cron: "0 * * * *", nextRunMs: HOUR_MS, ...fields });

it("GIVEN a schedule WHEN its timer is asked for THEN it leads to its next run, and each version has its own", () => {
  const schedule = hourly();
  const [one, other] = [scheduleTimer(schedule), scheduleTimer({ ...schedule, version: 2 })];
  expect(one).toMatchObject({ kind: "schedule", dueMs: HOUR_MS, schedule: schedule.name });
  expect(one && timerName(one)).toBe(other && timerName(other));
  expect(one?.nonce).not.toBe(other?.nonce);
  const { nextRunMs: _, ...paused } = schedule;
  expect(scheduleTimer(paused)).toBeUndefined();
});

it("GIVEN runs WHEN their ids are asked for THEN one follows from its time, and those by an operator differ", () => {
  const schedule = hourly();
  expect(runId(schedule, HOUR_MS)).toBe(runId({ ...schedule }, HOUR_MS));
  expect(runId(schedule, HOUR_MS)).not.toBe(runId(schedule, HOUR_MS + 1));
  const nonce = "abcdefghijklmnopqrstuv";
  expect(runNowId(schedule, HOUR_MS, nonce)).not.toBe(runId(schedule, HOUR_MS));
  expect(parseGivenId(runNowId(schedule, HOUR_MS, nonce))?.timeMs).toBe(HOUR_MS);
  // It is looked for among delayed messages first, and is none.
  expect(delayedKey(schedule.topic, runId(schedule, HOUR_MS))).toBeDefined();
});

it("GIVEN a key WHEN a run is asked for by it THEN its record is the schedule's own", () => {
  const [one, other] = [hourly(), hourly()];
  expect(runNowName(one, "k")).toBe(runNowName(one, "k"));
  expect(new Set([runNowName(one, "k"), runNowName(one, "l"), runNowName(other, "k")]).size).toBe(3);
});

it("GIVEN a life in seconds WHEN it runs THEN it counts from the run", () => {
  const content = { body: "{}", contentType: "application/json" };
  expect(messageOfRun({ ...content, expiresInSeconds: 5 }, "id", NOW_MS)).toEqual({
    ...content,
    givenId: "id",
    expiresAtMs: NOW_MS + 5_000,
  });
  expect(messageOfRun(content, "id", NOW_MS)).toEqual({ ...content, givenId: "id" });
});

it("GIVEN a schedule WHEN it is listed THEN its message is left out", () => {
  expect(scheduleEntry(hourly())).not.toHaveProperty("copy");
});
