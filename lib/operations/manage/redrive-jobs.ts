import { Conflict, JobNotFound, RedriveRunning, SluiceError } from "../../domain/errors.js";
import type { Page, PageRequest } from "../../domain/page.js";
import type { Reader } from "../../domain/reader.js";
import { type JobSelection, type RedriveJob, jobId, newJob } from "../../domain/redrive-job.js";
import { subscriptionRef } from "../../domain/subscription.js";
import type { Timer } from "../../domain/timer.js";
import { backOff } from "../contention.js";
import type { Engine } from "../engine.js";
import { findSubscription } from "../lookup.js";
import { CLOCK_EVERY_MS, startIdleClock } from "../push/start-clock.js";
import { type Worked, endJob, workOnJob } from "../redrive/work-on-job.js";
import { checkFilter } from "./check-filter.js";

export interface StartRedrive {
  readonly selection: JobSelection;
  readonly ratePerSecond?: number;
  /** Who asks for it. */
  readonly by?: string;
}

const NONCE_LENGTH = 10;
/** Whoever starts a job works on it for so long: a small one is done with the response. */
const FIRST_MS = 2_000;
/** Then the clock goes on, if whoever started the job died at it; no clock has to be started for that. */
const RESCUED_AFTER_MS = CLOCK_EVERY_MS + 1_000;
const CANCEL_ATTEMPTS = 20;

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
  return await workAtOnce(engine, reader, job, timer);
}

/** What fails here is left to the clock: the job is there. */
async function workAtOnce(
  engine: Engine,
  reader: Reader,
  job: RedriveJob,
  timer: Timer,
): Promise<RedriveJob> {
  const { clock, timers, telemetry } = engine;
  try {
    const worked = await workOnJob(engine, reader, job, { untilMs: clock.nowMs() + FIRST_MS });
    if (worked.kind === "ended") await timers.remove(timer);
    if (worked.kind === "again") {
      await timers.replace(timer, { ...timer, dueMs: worked.atMs });
      if (worked.atMs - clock.nowMs() <= CLOCK_EVERY_MS) await startIdleClock(engine);
    }
    return await asItIs(engine, reader, job, worked);
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    const { name, topic } = reader.subscription;
    const fields = { topic: topic.name, subscription: name, job: job.id, error: String(error) };
    telemetry.event("redrive-left-to-clock", "warn", fields);
    return job;
  }
}

async function asItIs(
  { redriveJobs }: Engine,
  { subscription }: Reader,
  job: RedriveJob,
  worked: Worked,
): Promise<RedriveJob> {
  if (worked.kind !== "lost") return worked.job;
  return (await redriveJobs.get(subscription, job.id)) ?? job;
}

/** @throws {TopicNotFound} {SubscriptionNotFound} {JobNotFound} */
export async function getRedriveJob(
  engine: Engine,
  topicName: string,
  subscriptionName: string,
  id: string,
): Promise<RedriveJob> {
  const { subscription } = await findSubscription(engine, topicName, subscriptionName);
  const job = await engine.redriveJobs.get(subscription, id);
  if (!job) throw new JobNotFound(subscriptionName, id);
  return job;
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
  for (let attempt = 1; attempt <= CANCEL_ATTEMPTS; attempt++) {
    const job = await engine.redriveJobs.get(reader.subscription, id);
    if (!job) throw new JobNotFound(subscriptionName, id);
    if (job.state !== "running") return job;
    const ending = { state: "cancelled", ...(by === undefined ? {} : { endedBy: by }) } as const;
    const cancelled = await endJob(engine, reader, job, ending);
    if (cancelled) return cancelled;
    await backOff(engine, 1);
  }
  throw new Conflict(`cancelling job "${id}"`);
}
