import type { ProgressStore } from "../../lib/domain/ports/progress-store.js";
import type { RedriveJobs } from "../../lib/domain/ports/redrive-jobs.js";
import type { TimerStore } from "../../lib/domain/ports/timer-store.js";
import { type RedriveJob, endedJob, jobId, newJob } from "../../lib/domain/redrive-job.js";
import type { SubscriptionRef } from "../../lib/domain/subscription.js";
import type { Timer } from "../../lib/domain/timer.js";
import { DAY_MS, NOW_MS, aDeadLetter, aNonce, aRetry, aSpan, aSubscriptionRef } from "./builders.js";

export interface RedriveJobStores {
  readonly redriveJobs: RedriveJobs;
  readonly progress: ProgressStore;
  readonly timers: TimerStore;
}
type Make = () => Promise<RedriveJobStores>;

const aJob = (fields: Partial<RedriveJob> = {}): RedriveJob => ({
  ...newJob({ id: jobId(NOW_MS, aNonce()), selection: { kind: "all" }, startedAtMs: NOW_MS, total: 3 }),
  ...fields,
});
const timerOf = (subscription: SubscriptionRef, job: RedriveJob): Timer => ({
  kind: "redrive",
  dueMs: NOW_MS + 1_000,
  subscription,
  job: job.id,
});
const next = (job: RedriveJob, fields: Partial<RedriveJob> = {}): RedriveJob => ({
  ...job,
  version: job.version + 1,
  ...fields,
});
const done = (job: RedriveJob): RedriveJob =>
  endedJob(job, { state: "done", endedAtMs: NOW_MS + 9, expiresAtMs: NOW_MS + DAY_MS });

async function withJob(make: Make, fields: Partial<RedriveJob> = {}) {
  const stores = await make();
  const subscription = aSubscriptionRef();
  const job = aJob(fields);
  const timer = timerOf(subscription, job);
  expect(await stores.redriveJobs.start(subscription, job, timer)).toEqual({ kind: "started" });
  return { ...stores, subscription, job, timer };
}

/** What every {@link RedriveJobs} promises, and what a move does with a job. */
export function redriveJobsContract(make: Make): void {
  describe("redrive jobs", () => {
    it.each([
      [{ selection: { kind: "filter", filter: '{"tag":["a"]}' }, ratePerSecond: 0.5, startedBy: "arn:me" }],
      [{ selection: { kind: "ids", ids: ["a", "b"] }, nextAtMs: NOW_MS + 0.25, cursor: "c" }],
      [{ refused: 1, refusals: [{ id: "a", code: "message-expired" }], examined: 2, moved: 1 }],
    ] as const)("are read as they were stored: %j", async (fields) => {
      const { redriveJobs, subscription, job } = await withJob(make, fields);
      expect(await redriveJobs.running(subscription)).toEqual(job);
      expect(await redriveJobs.get(subscription, job.id)).toEqual(job);
      expect(await redriveJobs.get(subscription, "another")).toBeUndefined();
    });

    it("start together with their timer, one at a time", async () => {
      const { redriveJobs, timers, subscription, job, timer } = await withJob(make);
      expect(await timers.due(timer.dueMs, 1_000)).toContainEqual(timer);
      const [other, another] = [aJob(), aJob()];
      const started = await redriveJobs.start(subscription, other, timerOf(subscription, other));
      expect(started).toEqual({ kind: "running", id: job.id });
      expect(await timers.due(timer.dueMs, 1_000)).not.toContainEqual(timerOf(subscription, other));
      const elsewhere = aSubscriptionRef();
      const there = await redriveJobs.start(elsewhere, another, timerOf(elsewhere, another));
      expect(there).toEqual({ kind: "started" });
      await timers.remove(timer);
      await timers.remove(timerOf(elsewhere, another));
    });

    it("of two that start at once, one does, and the other hears of it", async () => {
      const { redriveJobs, timers } = await make();
      const subscription = aSubscriptionRef();
      const jobs = [aJob(), aJob()];
      const outcomes = await Promise.allSettled(
        jobs.map((job) => redriveJobs.start(subscription, job, timerOf(subscription, job))),
      );
      const running = await redriveJobs.running(subscription);
      // Where both meet in the store, one of them may be told to try again.
      const kinds = outcomes.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
      expect(kinds.filter(({ kind }) => kind === "started")).toHaveLength(1);
      for (const one of kinds) if (one.kind === "running") expect(one.id).toBe(running?.id);
      for (const job of jobs) await timers.remove(timerOf(subscription, job));
    });

    it("are saved by compare and set", async () => {
      const { redriveJobs, subscription, job } = await withJob(make);
      const saved = next(job, { examined: 1, cursor: "x" });
      expect(await redriveJobs.save(subscription, saved)).toBe("saved");
      expect(await redriveJobs.save(subscription, next(job))).toBe("conflict");
      expect(await redriveJobs.save(subscription, next(aJob({ version: saved.version })))).toBe("conflict");
      expect(await redriveJobs.running(subscription)).toEqual(saved);
      expect(await redriveJobs.save(aSubscriptionRef(), next(job))).toBe("conflict");
    });

    it("end once, stay readable, and make room for the next", async () => {
      const { redriveJobs, subscription, job } = await withJob(make);
      expect(await redriveJobs.end(subscription, { ...done(job), version: job.version + 2 })).toBe(
        "conflict",
      );
      expect(await redriveJobs.end(subscription, done(job))).toBe("ended");
      expect(await redriveJobs.end(subscription, { ...done(job), version: job.version + 2 })).toBe(
        "conflict",
      );
      expect(await redriveJobs.save(subscription, next(job))).toBe("conflict");
      expect(await redriveJobs.running(subscription)).toBeUndefined();
      expect(await redriveJobs.get(subscription, job.id)).toEqual(done(job));
      const other = aJob({ id: jobId(NOW_MS + 1, aNonce()) });
      const started = await redriveJobs.start(subscription, other, timerOf(subscription, other));
      expect(started).toEqual({ kind: "started" });
      const listed: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await redriveJobs.list(subscription, { limit: 1, ...(cursor ? { cursor } : {}) });
        listed.push(...page.items.map(({ id }) => id));
        cursor = page.nextCursor;
      } while (cursor);
      expect(listed).toEqual([other.id, job.id]);
    });

    it("move on with the dead letters of a step, or neither does", async () => {
      const { redriveJobs, progress, subscription, job } = await withJob(make);
      const letters = [aDeadLetter({ offset: 7 }), aDeadLetter({ offset: 8 })] as const;
      for (const letter of letters) await progress.move(subscription, { deadLetters: [{ letter }] });
      const step = (at: 0 | 1) => ({
        put: [aRetry({ spans: [aSpan(7 + at, 8 + at, { attempt: 0 })] })],
        endedDeadLetters: [letters[at]],
      });
      const [first, second] = [next(job, { moved: 1 }), next(next(job), { moved: 2 })];
      expect(await progress.move(subscription, { ...step(0), job: first })).toBe("moved");
      expect(await redriveJobs.running(subscription)).toEqual(first);
      expect(await progress.move(subscription, { ...step(1), job: first })).toBe("conflict");
      expect(await progress.move(subscription, { ...step(0), job: second })).toBe("conflict");
      expect(await redriveJobs.running(subscription)).toEqual(first);
      expect(await redriveJobs.end(subscription, endedJob(first, { state: "cancelled" }))).toBe("ended");
      expect(await progress.move(subscription, { ...step(1), job: second })).toBe("conflict");
      expect(await progress.move(subscription, step(1))).toBe("moved");
    });

    it("are purged with their subscription", async () => {
      const { redriveJobs, progress, timers, subscription, job, timer } = await withJob(make);
      await redriveJobs.end(subscription, done(job));
      const other = aJob();
      await redriveJobs.start(subscription, other, timerOf(subscription, other));
      for (let rounds = 0; !(await progress.purge(subscription, 2)); rounds++)
        expect(rounds).toBeLessThan(10);
      expect((await redriveJobs.list(subscription, { limit: 10 })).items).toEqual([]);
      for (const one of [timer, timerOf(subscription, other)]) await timers.remove(one);
    });
  });
}
