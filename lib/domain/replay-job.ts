import { type Ending, type JobState, lettersAtOnce, lettersMs, startAtMs } from "./redrive-job.js";
import type { Offset } from "./slot.js";
import type { StartFrom } from "./subscription.js";

/** A part of a partition that a replay has still to read. */
export interface ReplayRange {
  readonly partition: number;
  readonly from: Offset;
  /** Base of the slot that holds `from`, or `from`: where a read starts. */
  readonly slotBase: Offset;
  /** Exclusive. */
  readonly to: Offset;
}

/** What is asked of a message, beside the subscription's own filter. */
export interface ReplaySelection {
  readonly key?: string;
  readonly businessKey?: string;
  /** An event pattern, as JSON text. */
  readonly filter?: string;
}

/** What a replay came by. All that match are delivered again, or one of the reasons below `matched`. */
export interface ReplayCounts {
  /** Messages of the log that it passed, with those that are gone as far as the log shows how many they were. */
  readonly read: number;
  /** Past their retention, or their own expiry. */
  readonly expired: number;
  readonly erased: number;
  /** In slots that cannot be read. */
  readonly unreadable: number;
  /** Those that can be read, and that both it and the subscription's own filter ask for. */
  readonly matched: number;
  /** Delivered again; by a dry run, those that would be. */
  readonly moved: number;
  /** They come anyway: a consumer has them, or they wait for another attempt. */
  readonly underWay: number;
  /** They are dead letters of the subscription: a redrive sends those again. */
  readonly dead: number;
}

export const NOTHING_READ: ReplayCounts = {
  ...{ read: 0, expired: 0, erased: 0, unreadable: 0 },
  ...{ matched: 0, moved: 0, underWay: 0, dead: 0 },
};

/**
 * Messages of the log that one subscription gets again, in many steps and by whichever process has time
 * (docs/decisions/0063-replay-is-a-job.md). Times are epoch milliseconds.
 */
export interface ReplayJob {
  readonly kind: "replay";
  /** Sorts by when it started. */
  readonly id: string;
  /** Every change compares and raises it. Also the move that has messages delivered again for it. */
  readonly version: number;
  readonly state: JobState;
  readonly selection: ReplaySelection;
  /** What it was asked for; its ranges follow from them, and from where the subscription stood. */
  readonly from: StartFrom;
  readonly to?: StartFrom;
  readonly ratePerSecond?: number;
  readonly startedAtMs: number;
  /** Who asked for it, as far as that is known. */
  readonly startedBy?: string;
  /** The subscription's when it started: a seek ends it. */
  readonly epoch: number;
  /** What is left: one partition after the other. */
  readonly ranges: readonly ReplayRange[];
  readonly counts: ReplayCounts;
  /** When the last message that it passed was published. */
  readonly reachedMs?: number;
  /** With a rate: when the next message may be delivered again. */
  readonly nextAtMs?: number;
  readonly endedAtMs?: number;
  /** Who cancelled it. */
  readonly endedBy?: string;
  /** Why it failed. */
  readonly error?: string;
  /** When its record is removed. A job that is running has none. */
  readonly expiresAtMs?: number;
}

/** Without a rate: the most messages in one move. They are one record, or with ordering one for each of their keys. */
export const REPLAYED_IN_A_MOVE = 100;
/** With ordering: the most keys in one move, so that it fits into a transaction. */
export const KEYS_IN_A_MOVE = 40;

export type NewReplay = Pick<
  ReplayJob,
  "id" | "selection" | "from" | "to" | "ratePerSecond" | "startedAtMs" | "startedBy" | "epoch" | "ranges"
>;

export const newReplay = (job: NewReplay): ReplayJob => ({
  kind: "replay",
  version: 1,
  state: "running",
  counts: NOTHING_READ,
  ...job,
});

/** What one step of a replay came by, and where it ended. */
export interface ReplayStep {
  readonly counts: ReplayCounts;
  readonly ranges: readonly ReplayRange[];
  readonly reachedMs?: number;
}

/** The job after a step. What writes it raises its version. */
export function replayAfterStep(
  job: ReplayJob,
  { counts, ranges, reachedMs }: ReplayStep,
  nowMs: number,
): ReplayJob {
  const { ratePerSecond: rate } = job;
  const next = {
    ...job,
    ranges,
    counts: addedCounts(job.counts, counts),
    ...(reachedMs === undefined ? {} : { reachedMs }),
  };
  if (rate === undefined || counts.moved === 0) return next;
  const startsMs = replayStartsMs(job, nowMs);
  return { ...next, nextAtMs: startsMs + lettersMs(rate, counts.moved, REPLAYED_IN_A_MOVE) };
}

export const addedCounts = (one: ReplayCounts, other: ReplayCounts): ReplayCounts => ({
  read: one.read + other.read,
  expired: one.expired + other.expired,
  erased: one.erased + other.erased,
  unreadable: one.unreadable + other.unreadable,
  matched: one.matched + other.matched,
  moved: one.moved + other.moved,
  underWay: one.underWay + other.underWay,
  dead: one.dead + other.dead,
});

/** The most messages that its next move may deliver again: with a rate, a tenth of a second's. */
export const replayedAtOnce = (job: Pick<ReplayJob, "ratePerSecond">): number =>
  lettersAtOnce(job, REPLAYED_IN_A_MOVE);

/** When that move may start. */
export const replayStartsMs = (job: Pick<ReplayJob, "ratePerSecond" | "nextAtMs">, nowMs: number): number =>
  startAtMs(job, nowMs, REPLAYED_IN_A_MOVE);

/** The job once it is over: it goes on no more. */
export function endedReplay(job: ReplayJob, ending: Ending): ReplayJob {
  const { nextAtMs: _, ...rest } = job;
  return { ...rest, version: job.version + 1, ranges: [], ...ending };
}

/** The ranges once so much of the first is read. */
export function rangesFrom(
  [first, ...rest]: readonly ReplayRange[],
  { head, slotBase }: { readonly head: Offset; readonly slotBase: Offset },
): readonly ReplayRange[] {
  if (!first || head >= first.to) return rest;
  return [{ ...first, from: head, slotBase }, ...rest];
}
