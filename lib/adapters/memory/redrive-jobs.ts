import type { Jobs, RedriveJobs, ReplayJobs } from "../../domain/ports/redrive-jobs.js";
import type { Move } from "../../domain/progress/records.js";
import type { RedriveJob } from "../../domain/redrive-job.js";
import type { ReplayJob } from "../../domain/replay-job.js";
import { type SubscriptionRef, subscriptionKey } from "../../domain/subscription.js";
import { pageOf } from "./pages.js";
import type { SortedMap } from "./sorted-map.js";
import { type MemoryStorage, ProgressEntry, answered, copy } from "./storage.js";
import { timerKeyOf } from "./timer-store.js";

/** Of the job that is running; sorts before those that are over. */
const RUNNING = "running";
const endedKey = (id: string): string => `running#${id}`;

type Job = RedriveJob | ReplayJob;
/** The jobs of one kind, of a subscription. */
type JobsIn<J extends Job> = (entry: ProgressEntry) => SortedMap<J>;

export const memoryRedriveJobs = (storage: MemoryStorage): RedriveJobs =>
  jobsIn<RedriveJob>(storage, (entry) => entry.jobs);
export const memoryReplayJobs = (storage: MemoryStorage): ReplayJobs =>
  jobsIn<ReplayJob>(storage, (entry) => entry.replays);

function jobsIn<J extends Job>({ progress, timers }: MemoryStorage, jobsOf: JobsIn<J>): Jobs<J> {
  const entryOf = (subscription: SubscriptionRef): ProgressEntry =>
    progress.get(subscriptionKey(subscription)) ?? new ProgressEntry();
  return {
    start: async (subscription, job, timer) => {
      await answered();
      const entry = entryOf(subscription);
      const there = jobsOf(entry).get(RUNNING);
      if (there) return there.id === job.id ? { kind: "started" } : { kind: "running", id: there.id };
      progress.set(subscriptionKey(subscription), entry);
      jobsOf(entry).set(RUNNING, copy(job));
      timers.set(timerKeyOf(timer), copy(timer));
      return { kind: "started" };
    },
    running: async (subscription) => {
      await answered();
      return copy(jobsOf(entryOf(subscription)).get(RUNNING));
    },
    get: async (subscription, id) => {
      await answered();
      const jobs = jobsOf(entryOf(subscription));
      const running = jobs.get(RUNNING);
      return copy(running?.id === id ? running : jobs.get(endedKey(id)));
    },
    list: async (subscription, page) => {
      await answered();
      return pageOf(jobsOf(entryOf(subscription)), copy, page);
    },
    save: async (subscription, job) => {
      await answered();
      const entry = entryOf(subscription);
      if (!isBefore(jobsOf(entry), job)) return "conflict";
      jobsOf(entry).set(RUNNING, copy(job));
      return "saved";
    },
    end: async (subscription, job) => {
      await answered();
      const entry = entryOf(subscription);
      if (jobsOf(entry).get(endedKey(job.id))?.version === job.version) return "ended";
      if (!isBefore(jobsOf(entry), job)) return "conflict";
      jobsOf(entry).delete(RUNNING);
      jobsOf(entry).set(endedKey(job.id), copy(job));
      return "ended";
    },
  };
}

const isBefore = (jobs: SortedMap<Job>, { id, version }: Job): boolean => {
  const running = jobs.get(RUNNING);
  return running?.id === id && running.version === version - 1;
};

/** Whether the job is as the move expects it. */
export const holdsJob = ({ jobs, replays }: ProgressEntry, { job }: Move): boolean =>
  !job || isBefore("kind" in job ? replays : jobs, job);

/** The job's part of a move. */
export function applyJob({ jobs, replays }: ProgressEntry, { job }: Move): void {
  if (!job) return;
  if ("kind" in job) replays.set(RUNNING, job);
  else jobs.set(RUNNING, job);
}
