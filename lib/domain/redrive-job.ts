import { REDRIVEN_IN_A_MOVE } from "./dead-letter.js";
import { deliveryOf } from "./rate.js";

/** Which dead letters a job sends again, of those that were there when it started. */
export type JobSelection =
  | { readonly kind: "all" }
  /** Those that match an event pattern, as JSON text. */
  | { readonly kind: "filter"; readonly filter: string }
  /** Those of them that it has still to look at. */
  | { readonly kind: "ids"; readonly ids: readonly string[] };

export type JobState = "running" | "done" | "cancelled" | "failed";

/** A dead letter that could not be sent again, and the code of the reason. */
export interface JobRefusal {
  readonly id: string;
  readonly code: string;
}

/**
 * Dead letters of one subscription that are sent again, in many steps and by whichever process has time
 * (docs/decisions/0035-redrive-is-a-job.md). Times are epoch milliseconds.
 */
export interface RedriveJob {
  /** Sorts by when it started. */
  readonly id: string;
  /** Every change compares and raises it. Also the move that sends dead letters again for it. */
  readonly version: number;
  readonly state: JobState;
  readonly selection: JobSelection;
  readonly ratePerSecond?: number;
  readonly startedAtMs: number;
  /** Who asked for it, as far as that is known. */
  readonly startedBy?: string;
  /** How many dead letters there were to look at when it started. */
  readonly total: number;
  /** How many of them it has looked at, those that were sent again or refused included. */
  readonly examined: number;
  readonly moved: number;
  readonly refused: number;
  /** The first of those that were refused. */
  readonly refusals: readonly JobRefusal[];
  /** Where in the list it goes on. */
  readonly cursor?: string;
  /** With a rate: when the next dead letter may be sent. */
  readonly nextAtMs?: number;
  readonly endedAtMs?: number;
  /** Who cancelled it. */
  readonly endedBy?: string;
  /** Why it failed. */
  readonly error?: string;
  /** When its record is removed. A job that is running has none. */
  readonly expiresAtMs?: number;
}

/** So many refusals are kept with their reasons; of more, only the number. */
export const REFUSALS_KEPT = 20;

export type NewJob = Pick<RedriveJob, "id" | "selection" | "startedAtMs" | "total"> &
  Partial<Pick<RedriveJob, "ratePerSecond" | "startedBy">>;

export const newJob = (job: NewJob): RedriveJob => ({
  version: 1,
  state: "running",
  examined: 0,
  moved: 0,
  refused: 0,
  refusals: [],
  ...job,
});

/** Ids sort by the time of their start. */
export const jobId = (startedAtMs: number, nonce: string): string =>
  `${String(startedAtMs).padStart(13, "0")}-${nonce}`;

/** The job once these were sent again, at `nowMs`: that is part of the move that sends them. */
export function jobAfterMove(job: RedriveJob, ids: readonly string[], nowMs: number): RedriveJob {
  const { ratePerSecond: rate, version, moved, examined } = job;
  const next = {
    ...job,
    version: version + 1,
    selection: withoutIds(job.selection, ids),
    moved: moved + ids.length,
    examined: examined + ids.length,
  };
  return rate === undefined
    ? next
    : { ...next, nextAtMs: startAtMs(job, nowMs) + lettersMs(rate, ids.length) };
}

/** The job once it has looked at all of a page: `rest` of them were not sent again. */
export function jobAfterPage(job: RedriveJob, { rest, refusals, cursor, ids = [] }: LookedAt): RedriveJob {
  const { cursor: _, ...before } = job;
  return {
    ...before,
    selection: withoutIds(job.selection, ids),
    examined: job.examined + rest,
    refused: job.refused + refusals.length,
    refusals: [...job.refusals, ...refusals].slice(0, REFUSALS_KEPT),
    ...(cursor === undefined ? {} : { cursor }),
  };
}

interface LookedAt {
  readonly rest: number;
  readonly refusals: readonly JobRefusal[];
  /** Where the list goes on. */
  readonly cursor?: string;
  /** Of a selection by id: those that were looked at. */
  readonly ids?: readonly string[];
}

function withoutIds(selection: JobSelection, gone: readonly string[]): JobSelection {
  if (selection.kind !== "ids") return selection;
  return { ...selection, ids: selection.ids.filter((id) => !gone.includes(id)) };
}

export type Ending = Pick<RedriveJob, "endedAtMs" | "endedBy" | "error" | "expiresAtMs"> & {
  readonly state: Exclude<JobState, "running">;
};

/** The job once it is over: it goes on no more. */
export function endedJob(job: RedriveJob, ending: Ending): RedriveJob {
  const { cursor: _, nextAtMs: __, ...rest } = job;
  return { ...rest, version: job.version + 1, ...ending };
}

/** What jobs with a rate have in common. `most`: that one move of such a job sends without one. */
type Paced = Pick<RedriveJob, "ratePerSecond" | "nextAtMs">;

/** The most messages in one move: with a rate, a tenth of a second's. */
export const lettersAtOnce = ({ ratePerSecond: rate }: Paced, most = REDRIVEN_IN_A_MOVE): number =>
  rate === undefined ? most : deliveryOf(rate, most);

/**
 * How long so many letters take. What is sent in one move counts as a whole in every second that it touches, so the
 * pace is a little slower than the rate: then no second has more.
 */
export function lettersMs(rate: number, letters: number, most = REDRIVEN_IN_A_MOVE): number {
  const evenly = rate - deliveryOf(rate, most) + 1;
  return (letters * 1_000) / evenly;
}

/**
 * When its next move may start: nothing is made up for. No later than its last move asks for, though another process,
 * whose clock was ahead, has noted so.
 */
export function startAtMs(
  { ratePerSecond: rate, nextAtMs = 0 }: Paced,
  nowMs: number,
  most = REDRIVEN_IN_A_MOVE,
): number {
  if (rate === undefined) return nowMs;
  const longestMs = lettersMs(rate, lettersAtOnce({ ratePerSecond: rate }, most), most);
  return Math.min(Math.max(nextAtMs, nowMs), nowMs + longestMs);
}
