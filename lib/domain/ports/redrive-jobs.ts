import type { Page, PageRequest } from "../page.js";
import type { RedriveJob } from "../redrive-job.js";
import type { ReplayJob } from "../replay-job.js";
import type { SubscriptionRef } from "../subscription.js";
import type { Timer } from "../timer.js";

/** How a start went. `running`: another job of the subscription is, with this id. */
export type JobStart = { readonly kind: "started" } | { readonly kind: "running"; readonly id: string };

/**
 * The subscriptions' jobs of one kind: at most one of each is running. Reads are strongly consistent. A job's steps are
 * written by ProgressStore.move, together with the messages that they move. Its promises are
 * test/contract/redrive-jobs.ts.
 */
export interface Jobs<J extends RedriveJob | ReplayJob> {
  /** Stores the job together with the timer that wakes it, unless one is running: both, or none. */
  start(subscription: SubscriptionRef, job: J, timer: Timer): Promise<JobStart>;
  /** The one that is running. */
  running(subscription: SubscriptionRef): Promise<J | undefined>;
  /** Running or over. */
  get(subscription: SubscriptionRef, id: string): Promise<J | undefined>;
  /** The running one first, then by their starts. @throws {InvalidRequest} for a cursor that is not valid */
  list(subscription: SubscriptionRef, page: PageRequest): Promise<Page<J>>;
  /** Saves how far a running job came, if it still has the version before. */
  save(subscription: SubscriptionRef, job: J): Promise<"saved" | "conflict">;
  /** Ends a running job, if it still has the version before: another one can start from then on. */
  end(subscription: SubscriptionRef, job: J): Promise<"ended" | "conflict">;
}

export type RedriveJobs = Jobs<RedriveJob>;
export type ReplayJobs = Jobs<ReplayJob>;
