import type { ProgressStore } from "../../lib/domain/ports/progress-store.js";
import type { RedriveJobs, ReplayJobs } from "../../lib/domain/ports/redrive-jobs.js";
import type { TimerStore } from "../../lib/domain/ports/timer-store.js";
import { jobId, newJob } from "../../lib/domain/redrive-job.js";
import { type ReplayJob, endedReplay, newReplay } from "../../lib/domain/replay-job.js";
import type { SubscriptionRef } from "../../lib/domain/subscription.js";
import type { Timer } from "../../lib/domain/timer.js";
import { DAY_MS, NOW_MS, aNonce, aRetry, aSpan, aSubscriptionRef } from "./builders.js";

export interface ReplayJobStores {
  readonly redriveJobs: RedriveJobs;
  readonly replayJobs: ReplayJobs;
  readonly progress: ProgressStore;
  readonly timers: TimerStore;
}

const aReplay = (): ReplayJob =>
  newReplay({
    ...{ id: jobId(NOW_MS, aNonce()), selection: { key: "k", filter: '{"tag":["a"]}' }, from: "earliest" },
    ...{ to: { timeMs: NOW_MS }, startedAtMs: NOW_MS, epoch: 2, ratePerSecond: 0.5 },
    ranges: [{ partition: 3, from: 1_790_000_000_000_000, slotBase: 1_790_000_000_000_000, to: 2 ** 53 - 1 }],
  });
const timerOf = (subscription: SubscriptionRef, { id: job }: Pick<ReplayJob, "id">): Timer => ({
  ...{ kind: "replay", dueMs: NOW_MS + 1_000, subscription, job },
});
const next = (job: ReplayJob): ReplayJob => ({ ...job, version: job.version + 1, reachedMs: NOW_MS });

/** What replays have in common with redrives is told of those. */
export function replayJobsContract(make: () => Promise<ReplayJobStores>): void {
  describe("replays", () => {
    it("are read as they were stored, with their timer, beside a redrive of the same subscription", async () => {
      const { replayJobs, redriveJobs, timers } = await make();
      const subscription = aSubscriptionRef();
      const [job, other] = [aReplay(), aReplay()];
      expect(await replayJobs.start(subscription, job, timerOf(subscription, job))).toEqual({
        kind: "started",
      });
      const refused = await replayJobs.start(subscription, other, timerOf(subscription, other));
      expect(refused).toEqual({ kind: "running", id: job.id });
      expect(await timers.due(NOW_MS + 1_000, 1_000)).toContainEqual(timerOf(subscription, job));
      const redrive = newJob({
        ...{ id: jobId(NOW_MS, aNonce()), selection: { kind: "all" }, startedAtMs: NOW_MS, total: 3 },
      });
      const timer: Timer = { kind: "redrive", dueMs: NOW_MS, subscription, job: redrive.id };
      expect(await redriveJobs.start(subscription, redrive, timer)).toEqual({ kind: "started" });
      expect(await replayJobs.running(subscription)).toEqual(job);
      expect(await redriveJobs.running(subscription)).toEqual(redrive);
      expect((await replayJobs.list(subscription, { limit: 9 })).items).toEqual([job]);
      expect((await redriveJobs.list(subscription, { limit: 9 })).items).toEqual([redrive]);
      for (const one of [timer, timerOf(subscription, job)]) await timers.remove(one);
    });

    it("move on with what a step puts, or neither does", async () => {
      const { replayJobs, progress, timers } = await make();
      const subscription = aSubscriptionRef();
      const job = aReplay();
      await replayJobs.start(subscription, job, timerOf(subscription, job));
      const put = () => [aRetry({ spans: [aSpan(7, 8, { attempt: 0 })] })];
      expect(await progress.move(subscription, { put: put(), job: next(job) })).toBe("moved");
      expect(await progress.move(subscription, { put: put(), job: next(job) })).toBe("conflict");
      expect(await replayJobs.running(subscription)).toEqual(next(job));
      expect((await progress.records(subscription, { limit: 9 })).records).toHaveLength(1);
      const ended = endedReplay(next(job), {
        ...{ state: "cancelled", endedAtMs: NOW_MS, expiresAtMs: NOW_MS + DAY_MS },
      });
      expect(await replayJobs.end(subscription, ended)).toBe("ended");
      expect(await progress.move(subscription, { put: put(), job: next(next(job)) })).toBe("conflict");
      expect(await replayJobs.get(subscription, job.id)).toEqual(ended);
      await timers.remove(timerOf(subscription, job));
    });
  });
}
