import { setTimeout as pause } from "node:timers/promises";
import type { DeadLetters, RedriveJob } from "../../lib/client/index.js";
import type { Context } from "../context.js";

const LOOK_EVERY_MS = 1_000;

/** One line for people: how far the job has come. */
export function jobLine({ id, state, moved, examined, total }: RedriveJob): string {
  return `${id}\t${state}\t${moved} dead letters sent again, ${examined} of ${total} looked at`;
}

export const refusalLines = ({ refusals }: RedriveJob): readonly string[] =>
  refusals.map(({ id, code }) => `${id}\t${code}`);

/** Waits until the job is over, or Ctrl-C, and shows how far it has come. */
export async function jobWhenOver(
  { stderr, stopped }: Context,
  letters: DeadLetters,
  started: RedriveJob,
): Promise<RedriveJob> {
  let job = started;
  while (job.state === "running" && !stopped.aborted) {
    stderr(`${jobLine(job)}\n`);
    await pause(LOOK_EVERY_MS, undefined, { signal: stopped }).catch(() => undefined);
    if (!stopped.aborted) job = await letters.job(job.id);
  }
  return job;
}
