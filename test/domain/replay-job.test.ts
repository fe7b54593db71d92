import { mostPerSecond } from "../../lib/domain/rate.js";
import { jobId } from "../../lib/domain/redrive-job.js";
import {
  NOTHING_READ,
  REPLAYED_IN_A_MOVE,
  type ReplayJob,
  addedCounts,
  endedReplay,
  newReplay,
  rangesFrom,
  replayAfterStep,
  replayStartsMs,
  replayedAtOnce,
} from "../../lib/domain/replay-job.js";

const NOW_MS = 1_790_000_000_000;
const ranges = [
  { partition: 0, from: 10, slotBase: 8, to: 20 },
  { partition: 3, from: 0, slotBase: 0, to: 5 },
];
const aReplay = (fields: Partial<ReplayJob> = {}): ReplayJob => ({
  ...newReplay({
    ...{ id: jobId(NOW_MS, "n"), selection: {}, from: "earliest", startedAtMs: NOW_MS, epoch: 2, ranges },
  }),
  ...fields,
});

it("GIVEN a step THEN what it read is counted, and only what is left is read next", () => {
  const counts = { ...NOTHING_READ, read: 4, matched: 3, moved: 2, dead: 1 };
  const step = { counts, ranges: rangesFrom(ranges, { head: 14, slotBase: 12 }), reachedMs: NOW_MS - 5 };
  const job = replayAfterStep(replayAfterStep(aReplay(), step, NOW_MS), step, NOW_MS);
  expect(job).toMatchObject({ version: 1, counts: addedCounts(counts, counts), reachedMs: NOW_MS - 5 });
  expect(job.ranges).toEqual([{ partition: 0, from: 14, slotBase: 12, to: 20 }, ranges[1]]);
});

it("GIVEN the end of a range THEN the next one comes, and then none", () => {
  const [, second] = ranges;
  expect(rangesFrom(ranges, { head: 20, slotBase: 20 })).toEqual([second]);
  expect(rangesFrom([], { head: 20, slotBase: 20 })).toEqual([]);
});

it.each([0.5, 7, 250, 5_000])(
  "GIVEN a rate of %d WHEN steps follow at once THEN no second has more",
  (rate) => {
    let job = aReplay({ ratePerSecond: rate });
    const times: number[] = [];
    for (let nowMs = NOW_MS; nowMs < NOW_MS + 4_000;) {
      nowMs = Math.max(nowMs, Math.ceil(replayStartsMs(job, nowMs)));
      const moved = replayedAtOnce(job);
      expect(moved).toBeLessThanOrEqual(REPLAYED_IN_A_MOVE);
      times.push(...Array.from({ length: moved }, () => nowMs));
      job = replayAfterStep(job, { counts: { ...NOTHING_READ, moved }, ranges }, nowMs);
    }
    for (const [at, fromMs] of times.entries())
      expect(times.slice(at).filter((time) => time < fromMs + 1_000).length).toBeLessThanOrEqual(
        mostPerSecond(rate),
      );
  },
);

it("GIVEN an end THEN nothing is left to read, and its counts stay", () => {
  const counts = { ...NOTHING_READ, read: 4 };
  const ended = endedReplay(aReplay({ counts, nextAtMs: NOW_MS }), {
    ...{ state: "cancelled", endedAtMs: NOW_MS, endedBy: "arn:eve", expiresAtMs: NOW_MS + 1 },
  });
  expect(ended).toMatchObject({ version: 2, state: "cancelled", ranges: [], counts, endedBy: "arn:eve" });
  expect(ended.nextAtMs).toBeUndefined();
});
