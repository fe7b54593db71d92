import { ReplayRunning } from "../../domain/errors.js";
import type { Page, PageRequest } from "../../domain/page.js";
import type { Reader } from "../../domain/reader.js";
import { jobId } from "../../domain/redrive-job.js";
import { type ReplayJob, type ReplaySelection, newReplay } from "../../domain/replay-job.js";
import { subscriptionRef } from "../../domain/subscription.js";
import type { Timer } from "../../domain/timer.js";
import type { Engine } from "../engine.js";
import { findSubscription } from "../lookup.js";
import { endReplay, wouldReplay, workOnReplay } from "../redrive/work-on-replay.js";
import { checkFilter } from "./check-filter.js";
import { NONCE_LENGTH, RESCUED_AFTER_MS, cancelJob, getJob, workAtOnce } from "./jobs.js";
import { type ReplayBounds, replayRanges } from "./replay-ranges.js";

export interface StartReplay extends ReplayBounds {
  readonly selection: ReplaySelection;
  readonly ratePerSecond?: number;
  /** Who asks for it. */
  readonly by?: string;
}

/** A dry run looks for so long. */
const LOOK_MS = 8_000;

/**
 * Starts a job that delivers messages of the log again, to one subscription only, and works on it for a moment; the
 * clock goes on with the rest. The job is stored together with a timer, so whatever dies, the clock finds it.
 * @throws {TopicNotFound} {SubscriptionNotFound} {ReplayRunning}
 * @throws {InvalidRequest} for a filter or a bound that is not valid
 */
export async function startReplay(
  engine: Engine,
  topicName: string,
  subscriptionName: string,
  start: StartReplay,
): Promise<ReplayJob> {
  const { replayJobs, telemetry } = engine;
  const { reader, job } = await planned(engine, topicName, subscriptionName, start);
  const subscription = subscriptionRef(reader.subscription);
  const timer: Timer = {
    ...{ kind: "replay", dueMs: job.startedAtMs + RESCUED_AFTER_MS },
    ...{ subscription, job: job.id },
  };
  const started = await replayJobs.start(subscription, job, timer);
  if (started.kind === "running") throw new ReplayRunning(subscriptionName, started.id);
  const fields = { topic: topicName, subscription: subscriptionName, job: job.id };
  telemetry.event("replay-started", "info", fields);
  return await workAtOnce(engine, reader, { job, timer, jobs: replayJobs, work: workOnReplay });
}

/** What a job would deliver again, as far as one request looks. */
export interface WouldReplay extends Pick<ReplayJob, "counts" | "reachedMs"> {
  /** Whether it looked at everything. */
  readonly isAll: boolean;
  /** Of which something was not looked at. */
  readonly partitionsLeft: number;
}

/**
 * Tells what a job would deliver again, without changing anything. It stops where its time is over.
 * @throws {TopicNotFound} {SubscriptionNotFound}
 * @throws {InvalidRequest} for a filter or a bound that is not valid
 */
export async function dryReplay(
  engine: Engine,
  topicName: string,
  subscriptionName: string,
  start: StartReplay,
): Promise<WouldReplay> {
  const { reader, job } = await planned(engine, topicName, subscriptionName, start);
  const { counts, reachedMs, ranges } = await wouldReplay(
    engine,
    reader,
    job,
    engine.clock.nowMs() + LOOK_MS,
  );
  const partitionsLeft = new Set(ranges.map(({ partition }) => partition)).size;
  const reached = reachedMs === undefined ? {} : { reachedMs };
  return { counts, ...reached, isAll: partitionsLeft === 0, partitionsLeft };
}

async function planned(
  engine: Engine,
  topicName: string,
  subscriptionName: string,
  { selection, from, to, ratePerSecond, by }: StartReplay,
): Promise<{ readonly reader: Reader; readonly job: ReplayJob }> {
  if (selection.filter !== undefined) checkFilter(selection.filter);
  const reader = await findSubscription(engine, topicName, subscriptionName);
  const nowMs = engine.clock.nowMs();
  const bounds = { from, ...(to === undefined ? {} : { to }) };
  const job = newReplay({
    id: jobId(nowMs, engine.random.nonce().slice(0, NONCE_LENGTH)),
    ...{ selection, startedAtMs: nowMs, epoch: reader.subscription.epoch, ...bounds },
    ranges: await replayRanges(engine, reader, bounds, selection),
    ...(ratePerSecond === undefined ? {} : { ratePerSecond }),
    ...(by === undefined ? {} : { startedBy: by }),
  });
  return { reader, job };
}

/** @throws {TopicNotFound} {SubscriptionNotFound} {JobNotFound} */
export async function getReplayJob(
  engine: Engine,
  topicName: string,
  subscriptionName: string,
  id: string,
): Promise<ReplayJob> {
  const { subscription } = await findSubscription(engine, topicName, subscriptionName);
  return await getJob(engine.replayJobs, subscription, id);
}

/**
 * The one that is running first, then those that are over, in the order of their starts.
 * @throws {TopicNotFound} {SubscriptionNotFound}
 * @throws {InvalidRequest} for a cursor that is not valid
 */
export async function listReplayJobs(
  engine: Engine,
  topicName: string,
  subscriptionName: string,
  page: PageRequest,
): Promise<Page<ReplayJob>> {
  const { subscription } = await findSubscription(engine, topicName, subscriptionName);
  return await engine.replayJobs.list(subscription, page);
}

/**
 * Cancels a replay: no step of it goes through from then on. One that is over stays as it is. Returns it as it is then.
 * @throws {TopicNotFound} {SubscriptionNotFound} {JobNotFound} {Conflict}
 */
export async function cancelReplayJob(
  engine: Engine,
  topicName: string,
  subscriptionName: string,
  id: string,
  by?: string,
): Promise<ReplayJob> {
  const reader = await findSubscription(engine, topicName, subscriptionName);
  return await cancelJob(engine, reader, { jobs: engine.replayJobs, end: endReplay, id, by });
}
