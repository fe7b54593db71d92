import type { Reader } from "../../domain/reader.js";
import type { Jobs } from "../../domain/ports/redrive-jobs.js";
import type { RedriveJob } from "../../domain/redrive-job.js";
import type { ReplayJob } from "../../domain/replay-job.js";
import type { SubscriptionTimer } from "../../domain/timer.js";
import type { Engine } from "../engine.js";
import { type WorkOptions, endJob, workOnJob } from "./work-on-job.js";
import { endReplay, workOnReplay } from "./work-on-replay.js";

/** A step of a job in the clock. It is short, so that a clock that runs out of time leaves little behind. */
const SLICE_MS = 1_500;
/** After so many failures in a row, what cannot be read is refused: a damaged object holds up no others. */
const LENIENT_AFTER = 3;
/** After so many the job is given up: the pauses between them add up to more than an hour. */
const FAILURES_AT_MOST = 20;
/** A job that another process works on is looked at again then, in case that one dies. */
const OTHER_AT_WORK_MS = 10_000;
const GIVEN_UP = {
  state: "failed",
  error: "it could not go on for more than an hour: see timer-failed in the log",
} as const;

/** What is done with one kind of jobs. */
interface Kind<J> {
  readonly jobs: Jobs<J & (RedriveJob | ReplayJob)>;
  readonly work: (
    engine: Engine,
    reader: Reader,
    job: J,
    options: WorkOptions,
  ) => Promise<{ readonly kind: "ended" | "lost" } | { readonly kind: "again"; readonly atMs: number }>;
  readonly giveUp: (engine: Engine, reader: Reader, job: J, ending: typeof GIVEN_UP) => Promise<unknown>;
}

/**
 * Goes on with the job of a timer for a short while, and tells when the timer is due again. undefined: the job is over,
 * or was deleted with its subscription.
 */
export function goOnWithJob(engine: Engine, timer: SubscriptionTimer): Promise<number | undefined> {
  return timer.kind === "replay"
    ? goOn<ReplayJob>(engine, timer, { jobs: engine.replayJobs, work: workOnReplay, giveUp: endReplay })
    : goOn<RedriveJob>(engine, timer, { jobs: engine.redriveJobs, work: workOnJob, giveUp: endJob });
}

async function goOn<J extends RedriveJob | ReplayJob>(
  engine: Engine,
  timer: SubscriptionTimer,
  { jobs, work, giveUp }: Kind<J>,
): Promise<number | undefined> {
  const { topic: ref, name, uid } = timer.subscription;
  const topic = await engine.topics.get(ref.name);
  if (topic?.uid !== ref.uid) return undefined;
  const subscription = await engine.subscriptions.get(topic, name);
  if (subscription?.uid !== uid) return undefined;
  const reader = { topic, subscription };
  const job = await jobs.running(subscription);
  if (!job || job.id !== timer.job) return undefined;
  const { failures = 0 } = timer;
  const nowMs = engine.clock.nowMs();
  if (failures >= FAILURES_AT_MOST)
    return (await giveUp(engine, reader, job, GIVEN_UP)) ? undefined : nowMs + OTHER_AT_WORK_MS;
  const options = { untilMs: nowMs + SLICE_MS, isLenient: failures >= LENIENT_AFTER };
  const worked = await work(engine, reader, job, options);
  if (worked.kind === "ended") return undefined;
  return worked.kind === "again" ? worked.atMs : engine.clock.nowMs() + OTHER_AT_WORK_MS;
}
