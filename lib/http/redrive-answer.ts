import type { z } from "zod";
import type { RedriveJob } from "../domain/redrive-job.js";
import type { Redriven, WouldRedrive } from "../operations/manage/redrive.js";
import { timeText } from "./answers.js";
import type { RedriveAnswer, RedriveJobAnswer } from "./contracts/dead-letter.js";
import { entryAnswer } from "./dead-letter-answer.js";
import { given } from "./given.js";
import { problemOf } from "./problem.js";

/** A redrive job as callers see it. */
export function jobAnswer(job: RedriveJob): z.input<typeof RedriveJobAnswer> {
  const { id, state, selection, ratePerSecond, total, examined, moved, refused, refusals } = job;
  const { startedAtMs, startedBy, endedAtMs, endedBy, error, expiresAtMs } = job;
  return {
    ...{ id, state },
    ...(selection.kind === "filter" ? { filter: JSON.parse(selection.filter) as unknown } : {}),
    ...given({ ratePerSecond }),
    ...{ total, examined, moved, refused, refusals: refusals.map((one) => ({ ...one })) },
    startedAt: timeText(startedAtMs),
    ...given({ startedBy }),
    ...(endedAtMs === undefined ? {} : { endedAt: timeText(endedAtMs) }),
    ...given({ endedBy, error }),
    ...(expiresAtMs === undefined ? {} : { expiresAt: timeText(expiresAtMs) }),
  };
}

/** What was sent again, or would be. */
export function redrivenAnswer(done: Redriven | WouldRedrive): z.input<typeof RedriveAnswer> {
  const { moved } = done;
  const refused = done.refused.map(({ id, error }) => ({ id, error: problemOf(error) }));
  if (!("sample" in done)) return { moved, refused };
  const { total, examined, sample, nextCursor } = done;
  return { moved, refused, total, examined, sample: sample.map(entryAnswer), ...given({ nextCursor }) };
}
