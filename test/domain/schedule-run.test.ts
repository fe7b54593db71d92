import type { Schedule } from "../../lib/domain/schedule.js";
import { afterRefusal, afterRun, afterRunNow, rescheduled } from "../../lib/domain/schedule-run.js";
import { NOW_MS, aSchedule, aTopic, refOf } from "../contract/builders.js";

const MINUTE_MS = 60_000;
/** A whole hour. */
const HOUR_MS = NOW_MS - (NOW_MS % 3_600_000);
const run = (nowMs: number) => ({ messageId: "m", nowMs });
const hourly = (fields: Partial<Schedule> = {}): Schedule =>
  aSchedule(refOf(aTopic()), { cron: "0 * * * *", nextRunMs: HOUR_MS, ...fields });

describe("after a run", () => {
  it("GIVEN one in time WHEN it has run THEN the next one follows, and what ran is noted", () => {
    const next = afterRun(hourly(), HOUR_MS, run(HOUR_MS + 700));
    expect(next).toMatchObject({ nextRunMs: HOUR_MS + 60 * MINUTE_MS, version: 2, lastMessageId: "m" });
    expect(next).toMatchObject({ lastDueMs: HOUR_MS, lastRunMs: HOUR_MS + 700 });
  });

  it("GIVEN ten that were missed WHEN one has run THEN the others are behind it", () => {
    const next = afterRun(hourly(), HOUR_MS, run(HOUR_MS + 10.5 * 60 * MINUTE_MS));
    expect(next.nextRunMs).toBe(HOUR_MS + 11 * 60 * MINUTE_MS);
  });

  it("GIVEN a clock that is behind WHEN it has run THEN the same time does not come again", () => {
    expect(afterRun(hourly(), HOUR_MS, run(HOUR_MS - 2 * MINUTE_MS)).nextRunMs).toBe(
      HOUR_MS + 60 * MINUTE_MS,
    );
  });

  it("GIVEN an operator's word WHEN it has run THEN its next run stays, also if it has none", () => {
    const next = afterRunNow(hourly(), run(HOUR_MS - 5));
    expect(next).toMatchObject({ nextRunMs: HOUR_MS, lastRunMs: HOUR_MS - 5, version: 2 });
    expect(next.lastDueMs).toBeUndefined();
    const { nextRunMs: _, ...paused } = hourly({ paused: true });
    expect(afterRunNow(paused, run(HOUR_MS)).nextRunMs).toBeUndefined();
  });
});

it("GIVEN a change WHEN it counts from now THEN what it ran for never comes again, though the clock is behind", () => {
  const ran = hourly({ lastDueMs: HOUR_MS, nextRunMs: HOUR_MS + 60 * MINUTE_MS });
  expect(rescheduled({ ...ran, cron: "* * * * *" }, HOUR_MS - MINUTE_MS).nextRunMs).toBe(HOUR_MS + MINUTE_MS);
  expect(rescheduled({ ...ran, paused: true }, HOUR_MS)).not.toHaveProperty("nextRunMs");
});

it("GIVEN a message that its topic refuses WHEN its time has come THEN the next one follows, and says why", () => {
  const lastRefusal = { atMs: HOUR_MS + 700, detail: "body is required" };
  const refused = afterRefusal(hourly({ lastRunMs: 1 }), HOUR_MS, lastRefusal);
  expect(refused).toMatchObject({ nextRunMs: HOUR_MS + 60 * MINUTE_MS, lastDueMs: HOUR_MS, version: 2 });
  expect(refused).toMatchObject({ lastRefusal, lastRunMs: 1 });
  // Once it runs again that is past.
  expect(afterRun(refused, HOUR_MS + 60 * MINUTE_MS, run(HOUR_MS))).not.toHaveProperty("lastRefusal");
  expect(afterRunNow(refused, run(HOUR_MS))).not.toHaveProperty("lastRefusal");
});
