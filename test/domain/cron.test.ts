import fc from "fast-check";
import { type Timing, nextRunAfter, timingProblems } from "../../lib/domain/cron.js";

const at = (text: string): number => Date.parse(text);
const NOW_MS = at("2026-11-27T12:00:00Z");
/** The next runs after a time, in UTC, to the minute. */
function runsOf(cron: string, timeZone: string, after: string, count: number): readonly string[] {
  const runs: string[] = [];
  let nextMs = at(after);
  for (let run = 0; run < count; run++) {
    nextMs = nextRunAfter({ cron, timeZone }, nextMs) ?? NaN;
    runs.push(new Date(nextMs).toISOString().slice(0, 16));
  }
  return runs;
}

describe("the next run", () => {
  it.each([
    ["every minute", "* * * * *", "2026-11-27T12:01"],
    ["every quarter of an hour", "*/15 * * * *", "2026-11-27T12:15"],
    ["on working days", "0 9 * * MON-FRI", "2026-11-30T09:00"],
    ["on the last day of a month", "0 0 L * *", "2026-11-30T00:00"],
    ["on the second Friday", "0 12 * * FRI#2", "2026-12-11T12:00"],
    ["on the working day nearest to the 15th", "0 0 15W * *", "2026-12-15T00:00"],
    ["on either of a day of the month and of the week", "0 0 13 * FRI", "2026-12-04T00:00"],
    ["on both of them", "0 0 13 * +FRI", "2027-08-13T00:00"],
    ["by a nickname", "@daily", "2026-11-28T00:00"],
    ["in a leap year", "0 0 29 2 *", "2028-02-29T00:00"],
    ["with spaces around", "  5  4 * * *  ", "2026-11-28T04:05"],
  ])("GIVEN %s WHEN asked for THEN it is the first after that time", (_, cron, next) => {
    expect(runsOf(cron, "UTC", "2026-11-27T12:00:00Z", 1)).toEqual([next]);
  });

  it("GIVEN a run at that very time, or within its minute, WHEN asked for THEN it is the one behind it", () => {
    const timing = { cron: "* * * * *", timeZone: "UTC" };
    for (const ms of [0, 1, 500, 59_999]) expect(nextRunAfter(timing, NOW_MS + ms)).toBe(NOW_MS + 60_000);
    expect(nextRunAfter(timing, NOW_MS - 1)).toBe(NOW_MS);
  });

  it("GIVEN a time zone WHEN asked for THEN the expression is read in it", () => {
    expect(runsOf("30 2 * * *", "Asia/Kolkata", "2026-11-27T12:00:00Z", 1)).toEqual(["2026-11-27T21:00"]);
  });

  it("GIVEN any expression of lists WHEN run after run is asked for THEN each is later, on a whole minute", () => {
    const number = (from: number, to: number) =>
      fc
        .uniqueArray(fc.integer({ min: from, max: to }), { minLength: 1, maxLength: 3 })
        .map((all) => all.join(","));
    const field = (from: number, to: number) => fc.oneof(fc.constant("*"), number(from, to));
    const crons = fc
      .tuple(field(0, 59), field(0, 23), field(1, 28), field(1, 12), field(0, 6))
      .map((fields) => fields.join(" "));
    const zones = fc.constantFrom("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe");
    fc.assert(
      fc.property(crons, zones, fc.integer({ min: 0, max: 10_000_000 }), (cron, timeZone, minute) => {
        const fromMs = NOW_MS + minute * 60_000 + 1;
        const first = nextRunAfter({ cron, timeZone }, fromMs) ?? NaN;
        const second = nextRunAfter({ cron, timeZone }, first) ?? NaN;
        expect(first).toBeGreaterThan(fromMs);
        expect(second).toBeGreaterThan(first);
        expect([first % 60_000, second % 60_000]).toEqual([0, 0]);
        // Nothing lies between: whoever asks a moment before a run is told of that run.
        expect(nextRunAfter({ cron, timeZone }, second - 1)).toBe(second);
      }),
      { numRuns: 60 },
    );
  });
});

describe("where the clocks go forward", () => {
  it.each([
    ["Europe/Berlin", "2027-03-27T12:00:00Z", "30 2 * * *", ["2027-03-28T01:00", "2027-03-29T00:30"]],
    ["America/New_York", "2027-03-13T12:00:00Z", "30 2 * * *", ["2027-03-14T07:00", "2027-03-15T06:30"]],
    // By half an hour, at 2:00.
    ["Australia/Lord_Howe", "2027-10-02T00:00:00Z", "15 2 * * *", ["2027-10-02T15:30", "2027-10-03T15:15"]],
  ])(
    "GIVEN a time that is skipped in %s WHEN it is due THEN it runs as they go on",
    (zone, after, cron, runs) => {
      expect(runsOf(cron, zone, after, 2)).toEqual(runs);
    },
  );

  it.each([
    ["Europe/Berlin", "2027-03-28T00:40:00Z", ["2027-03-28T01:00", "2027-03-28T01:30", "2027-03-28T02:00"]],
    [
      "America/New_York",
      "2027-03-14T06:40:00Z",
      ["2027-03-14T07:00", "2027-03-14T07:30", "2027-03-14T08:00"],
    ],
    [
      "Australia/Lord_Howe",
      "2027-10-02T15:10:00Z",
      ["2027-10-02T15:30", "2027-10-02T16:00", "2027-10-02T16:30"],
    ],
  ])(
    "GIVEN an interval in %s WHEN the hour is skipped THEN it goes by the time that passes",
    (zone, after, runs) => {
      expect(runsOf("*/30 * * * *", zone, after, 3)).toEqual(runs);
    },
  );
});

describe("where the clocks go back", () => {
  it.each([
    ["Europe/Berlin", "2027-10-30T12:00:00Z", "30 2 * * *", ["2027-10-31T00:30", "2027-11-01T01:30"]],
    ["America/New_York", "2027-11-06T12:00:00Z", "30 1 * * *", ["2027-11-07T05:30", "2027-11-08T06:30"]],
    ["Australia/Lord_Howe", "2027-04-03T00:00:00Z", "45 1 * * *", ["2027-04-03T14:45", "2027-04-04T15:15"]],
    // A list is as fixed as one time.
    ["Europe/Berlin", "2027-10-30T23:00:00Z", "30 2,14 * * *", ["2027-10-31T00:30", "2027-10-31T13:30"]],
  ])(
    "GIVEN a time that comes twice in %s WHEN it is due THEN it runs the first time only",
    (zone, after, cron, runs) => {
      expect(runsOf(cron, zone, after, 2)).toEqual(runs);
      // Whoever asks between the two is not told of the second.
      const between = new Date(at(`${runs[0]}:00Z`) + 60_000).toISOString();
      expect(runsOf(cron, zone, between, 1)).toEqual([runs[1]]);
    },
  );

  it.each([
    ["Europe/Berlin", "2027-10-30T23:50:00Z", 5],
    ["America/New_York", "2027-11-07T04:50:00Z", 5],
    ["Australia/Lord_Howe", "2027-04-03T14:20:00Z", 5],
  ])("GIVEN an interval in %s WHEN the hour comes twice THEN it runs both times", (zone, after, count) => {
    const runs = runsOf("*/30 * * * *", zone, after, count).map((run) => at(`${run}:00Z`));
    const gaps = runs.slice(1).map((run, index) => run - (runs[index] ?? 0));
    expect(gaps).toEqual(Array<number>(count - 1).fill(1_800_000));
  });
});

describe("what is wrong with a timing", () => {
  const problemsOf = (timing: Partial<Timing>) =>
    timingProblems({ cron: "0 0 * * *", timeZone: "UTC", ...timing }, NOW_MS).map(
      ({ path, detail }) => `${path}: ${detail}`,
    );

  it.each([
    ["* * * * * *", "cron: must have five fields"],
    ["* * * * * *", "seconds and years have none"],
    ["0 0 * *", "it has 4"],
    ["", "it has 0"],
    ["61 * * * *", "not a cron expression: invalid value for minute: 61"],
    ["0 25 * * *", "invalid value for hour: 25"],
    ["*/0 * * * *", "not a cron expression"],
    ["a b c d e", "not a cron expression"],
    ["@reboot", '"@reboot" is not known: use @yearly'],
    ["2026-01-01T00:00:00Z", "must have five fields"],
    ["0 0 30 2 *", '"0 0 30 2 *" never comes'],
    ["0 0 31 4,6,9,11 *", "never comes"],
  ])("GIVEN the expression %j WHEN it is checked THEN it says so: %s", (cron, words) => {
    expect(problemsOf({ cron }).join()).toContain(words);
  });

  it.each(["", "Nowhere/Else", "+02:00", "Europe", "local", "Europe/Berlin; x"])(
    "GIVEN the time zone %j WHEN it is checked THEN it is refused, and an example given",
    (timeZone) => {
      expect(problemsOf({ timeZone }).join()).toMatch(/^timeZone: .*such as Europe\/Berlin or UTC$/);
    },
  );

  it("GIVEN both wrong WHEN they are checked THEN both are told", () => {
    expect(problemsOf({ cron: "x", timeZone: "y" })).toHaveLength(2);
  });

  it("GIVEN what is right WHEN it is checked THEN nothing is wrong", () => {
    for (const timeZone of ["UTC", "Europe/Berlin", "Etc/GMT+1", "America/Argentina/Buenos_Aires"])
      for (const cron of ["@HOURLY", "0 0 29 2 *", "* * * * *"])
        expect(problemsOf({ cron, timeZone })).toEqual([]);
  });
});
