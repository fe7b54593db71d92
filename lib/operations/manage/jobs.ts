import { Conflict, JobNotFound, SluiceError } from "../../domain/errors.js";
import type { Jobs } from "../../domain/ports/redrive-jobs.js";
import type { Reader } from "../../domain/reader.js";
import type { RedriveJob } from "../../domain/redrive-job.js";
import type { ReplayJob } from "../../domain/replay-job.js";
import type { Subscription } from "../../domain/subscription.js";
import type { Timer } from "../../domain/timer.js";
import { backOff } from "../contention.js";
import type { Engine } from "../engine.js";
import { CLOCK_EVERY_MS, startIdleClock } from "../push/start-clock.js";
import type { WorkOptions, Worked } from "../redrive/work-on-job.js";

type Job = RedriveJob | ReplayJob;

/** Of what makes the id of a job its own. */
export const NONCE_LENGTH = 10;
/** Whoever starts a job works on it for so long: a small one is done with the response. */
const FIRST_MS = 2_000;
/** Then the clock goes on, if whoever started the job died at it; no clock has to be started for that. */
export const RESCUED_AFTER_MS = CLOCK_EVERY_MS + 1_000;
const CANCEL_ATTEMPTS = 20;

/** A job that was just started. */
interface Started<J extends Job> {
  readonly job: J;
  readonly timer: Timer;
  readonly jobs: Jobs<J>;
  readonly work: (engine: Engine, reader: Reader, job: J, options: WorkOptions) => Promise<Worked<J>>;
}

/** Works on a job for a moment. What fails here is left to the clock: the job is there. */
export async function workAtOnce<J extends Job>(
  engine: Engine,
  reader: Reader,
  { job, timer, jobs, work }: Started<J>,
): Promise<J> {
  const { clock, timers, telemetry } = engine;
  try {
    const worked = await work(engine, reader, job, { untilMs: clock.nowMs() + FIRST_MS });
    if (worked.kind === "ended") await timers.remove(timer);
    if (worked.kind === "again") {
      await timers.replace(timer, { ...timer, dueMs: worked.atMs });
      if (worked.atMs - clock.nowMs() <= CLOCK_EVERY_MS) await startIdleClock(engine);
    }
    if (worked.kind !== "lost") return worked.job;
    return (await jobs.get(reader.subscription, job.id)) ?? job;
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    const { name, topic } = reader.subscription;
    const fields = { topic: topic.name, subscription: name, job: job.id, error: String(error) };
    if (timer.kind === "replay") telemetry.event("replay-left-to-clock", "warn", fields);
    else telemetry.event("redrive-left-to-clock", "warn", fields);
    return job;
  }
}

/** @throws {JobNotFound} */
export async function getJob<J extends Job>(
  jobs: Jobs<J>,
  subscription: Subscription,
  id: string,
): Promise<J> {
  const job = await jobs.get(subscription, id);
  if (!job) throw new JobNotFound(subscription.name, id);
  return job;
}

interface Cancelling<J extends Job> {
  readonly jobs: Jobs<J>;
  readonly end: (
    engine: Engine,
    reader: Reader,
    job: J,
    ending: { readonly state: "cancelled"; readonly endedBy?: string },
  ) => Promise<J | undefined>;
  readonly id: string;
  readonly by: string | undefined;
}

/**
 * Cancels a job: no step of it goes through from then on. One that is over stays as it is. Returns it as it is then.
 * @throws {JobNotFound} {Conflict}
 */
export async function cancelJob<J extends Job>(
  engine: Engine,
  reader: Reader,
  { jobs, end, id, by }: Cancelling<J>,
): Promise<J> {
  for (let attempt = 1; attempt <= CANCEL_ATTEMPTS; attempt++) {
    const job = await getJob(jobs, reader.subscription, id);
    if (job.state !== "running") return job;
    const ending = { state: "cancelled", ...(by === undefined ? {} : { endedBy: by }) } as const;
    const cancelled = await end(engine, reader, job, ending);
    if (cancelled) return cancelled;
    await backOff(engine, 1);
  }
  throw new Conflict(`cancelling job "${id}"`);
}
