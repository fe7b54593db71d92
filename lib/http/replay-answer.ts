import type { z } from "zod";
import type { ReplayJob } from "../domain/replay-job.js";
import type { StartFrom } from "../domain/subscription.js";
import type { WouldReplay } from "../operations/manage/replay-jobs.js";
import { timeText } from "./answers.js";
import type { ReplayAnswer, ReplayJobAnswer } from "./contracts/replay.js";
import { given } from "./given.js";

type Bound = { time: string } | { id: string };

const boundText = (bound: Exclude<StartFrom, "earliest" | "latest">): Bound =>
  "id" in bound ? { id: bound.id } : { time: timeText(bound.timeMs) };

function countsAnswer({ counts, reachedMs }: Pick<ReplayJob, "counts" | "reachedMs">) {
  const { dead, ...others } = counts;
  const reached = reachedMs === undefined ? {} : { reached: timeText(reachedMs) };
  return { ...others, deadLetters: dead, ...reached };
}

/** A replay as callers see it. */
export function replayJobAnswer(job: ReplayJob): z.input<typeof ReplayJobAnswer> {
  const { id, state, selection, from, to, ratePerSecond, ranges } = job;
  const { startedAtMs, startedBy, endedAtMs, endedBy, error, expiresAtMs } = job;
  const { key, businessKey, filter } = selection;
  return {
    ...{ id, state },
    from: typeof from === "string" ? "earliest" : boundText(from),
    ...(typeof to === "object" ? { to: boundText(to) } : {}),
    ...given({ key, businessKey }),
    ...(filter === undefined ? {} : { filter: JSON.parse(filter) as unknown }),
    ...given({ ratePerSecond }),
    ...countsAnswer(job),
    partitionsLeft: new Set(ranges.map(({ partition }) => partition)).size,
    startedAt: timeText(startedAtMs),
    ...given({ startedBy }),
    ...(endedAtMs === undefined ? {} : { endedAt: timeText(endedAtMs) }),
    ...given({ endedBy, error }),
    ...(expiresAtMs === undefined ? {} : { expiresAt: timeText(expiresAtMs) }),
  };
}

/** What a replay would do. */
export const wouldReplayAnswer = (would: WouldReplay): z.input<typeof ReplayAnswer> => ({
  ...countsAnswer(would),
  isAll: would.isAll,
  partitionsLeft: would.partitionsLeft,
});
