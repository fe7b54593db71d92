import type { RedriveJobs } from "../../domain/ports/redrive-jobs.js";
import type { Move } from "../../domain/progress/records.js";
import type { RedriveJob } from "../../domain/redrive-job.js";
import { type SubscriptionRef, subscriptionKey } from "../../domain/subscription.js";
import { pageOf } from "./pages.js";
import { type MemoryStorage, ProgressEntry, answered, copy } from "./storage.js";
import { timerKeyOf } from "./timer-store.js";

/** Of the job that is running; sorts before those that are over. */
const RUNNING = "redrive";
const endedKey = (id: string): string => `redrive#${id}`;

export function memoryRedriveJobs({ progress, timers }: MemoryStorage): RedriveJobs {
  const entryOf = (subscription: SubscriptionRef): ProgressEntry =>
    progress.get(subscriptionKey(subscription)) ?? new ProgressEntry();
  return {
    start: async (subscription, job, timer) => {
      await answered();
      const entry = entryOf(subscription);
      const there = entry.jobs.get(RUNNING);
      if (there) return there.id === job.id ? { kind: "started" } : { kind: "running", id: there.id };
      progress.set(subscriptionKey(subscription), entry);
      entry.jobs.set(RUNNING, copy(job));
      timers.set(timerKeyOf(timer), copy(timer));
      return { kind: "started" };
    },
    running: async (subscription) => {
      await answered();
      return copy(entryOf(subscription).jobs.get(RUNNING));
    },
    get: async (subscription, id) => {
      await answered();
      const { jobs } = entryOf(subscription);
      const running = jobs.get(RUNNING);
      return copy(running?.id === id ? running : jobs.get(endedKey(id)));
    },
    list: async (subscription, page) => {
      await answered();
      return pageOf(entryOf(subscription).jobs, copy, page);
    },
    save: async (subscription, job) => {
      await answered();
      const entry = entryOf(subscription);
      if (!isBefore(entry, job)) return "conflict";
      entry.jobs.set(RUNNING, copy(job));
      return "saved";
    },
    end: async (subscription, job) => {
      await answered();
      const entry = entryOf(subscription);
      if (entry.jobs.get(endedKey(job.id))?.version === job.version) return "ended";
      if (!isBefore(entry, job)) return "conflict";
      entry.jobs.delete(RUNNING);
      entry.jobs.set(endedKey(job.id), copy(job));
      return "ended";
    },
  };
}

const isBefore = ({ jobs }: ProgressEntry, { id, version }: RedriveJob): boolean => {
  const running = jobs.get(RUNNING);
  return running?.id === id && running.version === version - 1;
};

/** Whether the job is as the move expects it. */
export const holdsJob = (entry: ProgressEntry, { job }: Move): boolean => !job || isBefore(entry, job);

/** The job's part of a move. */
export function applyJob({ jobs }: ProgressEntry, { job }: Move): void {
  if (job) jobs.set(RUNNING, job);
}
