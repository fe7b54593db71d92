import { REDRIVEN_IN_A_MOVE } from "../../lib/domain/dead-letter.js";
import { mostPerSecond } from "../../lib/domain/rate.js";
import {
  type RedriveJob,
  REFUSALS_KEPT,
  endedJob,
  jobAfterMove,
  jobAfterPage,
  jobId,
  lettersAtOnce,
  newJob,
  startAtMs,
} from "../../lib/domain/redrive-job.js";

const NOW_MS = 1_790_000_000_000;
const SECOND_MS = 1_000;
const aJob = (fields: Partial<RedriveJob> = {}): RedriveJob => ({
  ...newJob({ id: jobId(NOW_MS, "n"), selection: { kind: "all" }, startedAtMs: NOW_MS, total: 9 }),
  ...fields,
});
const idsOf = (count: number): readonly string[] => Array.from({ length: count }, (_, at) => `${at}`);

/** The times at which letters start, of a job that goes on as soon as it may, but for stalls. */
function starts(rate: number, stallsMs: readonly number[], until: number): readonly number[] {
  let job = aJob({ ratePerSecond: rate });
  let nowMs = NOW_MS;
  const times: number[] = [];
  for (let move = 0; nowMs < NOW_MS + until; move++) {
    nowMs = Math.max(nowMs, Math.ceil(startAtMs(job, nowMs))) + (stallsMs[move] ?? 0);
    const count = lettersAtOnce(job);
    times.push(...Array.from({ length: count }, () => nowMs));
    job = jobAfterMove(job, idsOf(count), nowMs);
  }
  return times;
}

describe("the rate of a job", () => {
  it.each([0.1, 0.5, 1, 1.5, 3, 10, 25, 99, 100, 1_000])(
    "GIVEN %d a second WHEN it goes on for a minute, with stalls THEN no second has more",
    (rate) => {
      const times = starts(rate, [0, 0, 0, 7_000, 0, 0, 45_000], 60_000);
      for (const [index, atMs] of times.entries()) {
        const inSecond = times.slice(index).filter((one) => one < atMs + SECOND_MS).length;
        expect(inSecond).toBeLessThanOrEqual(mostPerSecond(rate));
      }
    },
  );

  it.each([0.5, 1, 10, 25, 100, 1_000])(
    "GIVEN %d a second WHEN nothing stalls THEN it uses nine tenths",
    (rate) => {
      const SECONDS = 20;
      expect(starts(rate, [], SECONDS * SECOND_MS).length).toBeGreaterThanOrEqual(0.9 * rate * SECONDS);
    },
  );

  it("GIVEN a note of a clock that is ahead WHEN another goes on THEN it waits no longer than for one move", () => {
    const job = aJob({ ratePerSecond: 2, nextAtMs: NOW_MS + 120_000 });
    expect(startAtMs(job, NOW_MS)).toBe(NOW_MS + 500);
  });

  it("GIVEN none WHEN it goes on THEN it starts at once, with as many as a move takes", () => {
    expect([startAtMs(aJob(), NOW_MS), lettersAtOnce(aJob())]).toEqual([NOW_MS, REDRIVEN_IN_A_MOVE]);
  });
});

describe("a job", () => {
  it("counts what each move sends, and forgets the ids of it", () => {
    const job = aJob({ selection: { kind: "ids", ids: ["a", "b", "c"] } });
    expect(jobAfterMove(job, ["a", "c"], NOW_MS)).toEqual({
      ...job,
      ...{ version: 2, moved: 2, examined: 2, selection: { kind: "ids", ids: ["b"] } },
    });
  });

  it("counts what a page does not send, and keeps the first reasons", () => {
    const refusals = idsOf(REFUSALS_KEPT + 5).map((id) => ({ id, code: "message-expired" }));
    const job = jobAfterPage(aJob({ cursor: "a" }), { rest: 30, refusals, cursor: "b" });
    expect(job).toMatchObject({ version: 1, examined: 30, refused: REFUSALS_KEPT + 5, cursor: "b" });
    expect(job.refusals).toEqual(refusals.slice(0, REFUSALS_KEPT));
    expect(jobAfterPage(job, { rest: 0, refusals: [] })).not.toHaveProperty("cursor");
  });

  it("that is over has no place to go on from", () => {
    const ended = endedJob(aJob({ cursor: "a", nextAtMs: NOW_MS }), { state: "cancelled", endedBy: "me" });
    expect(ended).toMatchObject({ state: "cancelled", endedBy: "me", version: 2 });
    expect(Object.keys(ended)).not.toEqual(expect.arrayContaining(["cursor"]));
    expect(Object.keys(ended)).not.toEqual(expect.arrayContaining(["nextAtMs"]));
  });

  it("has an id that sorts by its start", () => {
    expect(jobId(999, "z") < jobId(1_790_000_000_000, "a")).toBe(true);
  });
});
