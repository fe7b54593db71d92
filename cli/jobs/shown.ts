import { setTimeout as pause } from "node:timers/promises";
import type { DeadLetters, RedriveJob, ReplayJob } from "../../lib/client/index.js";
import type { Context } from "../context.js";

const LOOK_EVERY_MS = 1_000;

/** The option by which a command is about replays; otherwise it is about redrives. */
export const IS_REPLAY = ["--replay", "of replays, in place of redrives"] as const;

/** One line for people: how far the job has come. */
export function jobLine({ id, state, moved, examined, total }: RedriveJob): string {
  return `${id}\t${state}\t${moved} dead letters sent again, ${examined} of ${total} looked at`;
}

/** The same of a replay. */
export function replayLine({ id, state, moved, read, reached }: ReplayJob): string {
  const upTo = reached === undefined ? "" : ` up to ${reached}`;
  return `${id}\t${state}\t${moved} messages delivered again, of ${read} read${upTo}`;
}

export const refusalLines = ({ refusals }: RedriveJob): readonly string[] =>
  refusals.map(({ id, code }) => `${id}\t${code}`);

/** Waits until the job is over, or Ctrl-C, and shows how far it has come. */
export const jobWhenOver = (
  context: Context,
  letters: DeadLetters,
  started: RedriveJob,
): Promise<RedriveJob> => whenOver(context, started, { line: jobLine, again: (id) => letters.job(id) });

/** How a job is shown, and looked at again. */
interface Look<J> {
  readonly line: (job: J) => string;
  readonly again: (id: string) => Promise<J>;
}

/** The same for any kind of job. */
export async function whenOver<J extends { readonly id: string; readonly state: string }>(
  { stderr, stopped }: Context,
  started: J,
  { line, again }: Look<J>,
): Promise<J> {
  let job = started;
  while (job.state === "running" && !stopped.aborted) {
    stderr(`${line(job)}\n`);
    await pause(LOOK_EVERY_MS, undefined, { signal: stopped }).catch(() => undefined);
    if (!stopped.aborted) job = await again(job.id);
  }
  return job;
}
