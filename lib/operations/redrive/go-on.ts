import type { SubscriptionTimer } from "../../domain/timer.js";
import type { Engine } from "../engine.js";
import { endJob, workOnJob } from "./work-on-job.js";

/** A step of a job in the clock. It is short, so that a clock that runs out of time leaves little behind. */
const SLICE_MS = 1_500;
/** After so many failures in a row, what cannot be read is refused: a damaged object holds up no others. */
const LENIENT_AFTER = 3;
/** After so many the job is given up: the pauses between them add up to more than an hour. */
const FAILURES_AT_MOST = 20;
/** A job that another process works on is looked at again then, in case that one dies. */
const OTHER_AT_WORK_MS = 10_000;

/**
 * Goes on with the job of a timer for a short while, and tells when the timer is due again. undefined: the job is over,
 * or was deleted with its subscription.
 */
export async function goOnWithJob(engine: Engine, timer: SubscriptionTimer): Promise<number | undefined> {
  const { topic: ref, name, uid } = timer.subscription;
  const topic = await engine.topics.get(ref.name);
  if (topic?.uid !== ref.uid) return undefined;
  const subscription = await engine.subscriptions.get(topic, name);
  if (subscription?.uid !== uid) return undefined;
  const reader = { topic, subscription };
  const job = await engine.redriveJobs.running(subscription);
  if (!job || job.id !== timer.job) return undefined;
  const { failures = 0 } = timer;
  const nowMs = engine.clock.nowMs();
  if (failures >= FAILURES_AT_MOST) {
    const error = "it could not go on for more than an hour: see timer-failed in the log";
    return (await endJob(engine, reader, job, { state: "failed", error }))
      ? undefined
      : nowMs + OTHER_AT_WORK_MS;
  }
  const options = { untilMs: nowMs + SLICE_MS, isLenient: failures >= LENIENT_AFTER };
  const worked = await workOnJob(engine, reader, job, options);
  if (worked.kind === "ended") return undefined;
  return worked.kind === "again" ? worked.atMs : engine.clock.nowMs() + OTHER_AT_WORK_MS;
}
