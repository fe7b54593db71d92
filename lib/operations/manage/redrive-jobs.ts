import { RedriveRunning } from "../../domain/errors.js";
import type { Page, PageRequest } from "../../domain/page.js";
import { type JobSelection, type RedriveJob, jobId, newJob } from "../../domain/redrive-job.js";
import { subscriptionRef } from "../../domain/subscription.js";
import type { Timer } from "../../domain/timer.js";
import type { Engine } from "../engine.js";
import { findSubscription } from "../lookup.js";
import { endJob, workOnJob } from "../redrive/work-on-job.js";
import { checkFilter } from "./check-filter.js";
import { NONCE_LENGTH, RESCUED_AFTER_MS, cancelJob, getJob, workAtOnce } from "./jobs.js";

export interface StartRedrive {
  readonly selection: JobSelection;
  readonly ratePerSecond?: number;
  /** Who asks for it. */
  readonly by?: string;
}

/**
 * Starts a job that sends dead letters again, and works on it for a moment; the clock goes on with the rest. The job is
 * stored together with a timer, so whatever dies, the clock finds it.
 * @throws {TopicNotFound} {SubscriptionNotFound} {RedriveRunning}
 * @throws {InvalidRequest} for a filter that is not valid
 */
export async function startRedrive(
  engine: Engine,
  topicName: string,
  subscriptionName: string,
  { selection, ratePerSecond, by }: StartRedrive,
): Promise<RedriveJob> {
  const { clock, random, deadLetters, redriveJobs, telemetry } = engine;
  if (selection.kind === "filter") checkFilter(selection.filter);
  const reader = await findSubscription(engine, topicName, subscriptionName);
  const { subscription } = reader;
  const nowMs = clock.nowMs();
  const job = newJob({
    id: jobId(nowMs, random.nonce().slice(0, NONCE_LENGTH)),
    selection,
    startedAtMs: nowMs,
    total: selection.kind === "ids" ? selection.ids.length : await deadLetters.count(subscription, nowMs),
    ...(ratePerSecond === undefined ? {} : { ratePerSecond }),
    ...(by === undefined ? {} : { startedBy: by }),
  });
  const ref = subscriptionRef(subscription);
  const timer: Timer = { kind: "redrive", dueMs: nowMs + RESCUED_AFTER_MS, subscription: ref, job: job.id };
  const started = await redriveJobs.start(subscription, job, timer);
  if (started.kind === "running") throw new RedriveRunning(subscriptionName, started.id);
  telemetry.event("redrive-started", "info", {
    topic: topicName,
    subscription: subscriptionName,
    job: job.id,
  });
  return await workAtOnce(engine, reader, { job, timer, jobs: redriveJobs, work: workOnJob });
}

/** @throws {TopicNotFound} {SubscriptionNotFound} {JobNotFound} */
export async function getRedriveJob(
  engine: Engine,
  topicName: string,
  subscriptionName: string,
  id: string,
): Promise<RedriveJob> {
  const { subscription } = await findSubscription(engine, topicName, subscriptionName);
  return await getJob(engine.redriveJobs, subscription, id);
}

/**
 * The one that is running first, then those that are over, in the order of their starts.
 * @throws {TopicNotFound} {SubscriptionNotFound}
 * @throws {InvalidRequest} for a cursor that is not valid
 */
export async function listRedriveJobs(
  engine: Engine,
  topicName: string,
  subscriptionName: string,
  page: PageRequest,
): Promise<Page<RedriveJob>> {
  const { subscription } = await findSubscription(engine, topicName, subscriptionName);
  return await engine.redriveJobs.list(subscription, page);
}

/**
 * Cancels a job: no step of it goes through from then on. One that is over stays as it is. Returns it as it is then.
 * @throws {TopicNotFound} {SubscriptionNotFound} {JobNotFound} {Conflict}
 */
export async function cancelRedriveJob(
  engine: Engine,
  topicName: string,
  subscriptionName: string,
  id: string,
  by?: string,
): Promise<RedriveJob> {
  const reader = await findSubscription(engine, topicName, subscriptionName);
  return await cancelJob(engine, reader, { jobs: engine.redriveJobs, end: endJob, id, by });
}
