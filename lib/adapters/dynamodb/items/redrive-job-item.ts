import type { RedriveJob } from "../../../domain/redrive-job.js";
import type { ReplayJob } from "../../../domain/replay-job.js";
import { FORMAT, IS_READABLE, IS_READABLE_VALUES, readable } from "./format.js";

type Job = RedriveJob | ReplayJob;

/** The sort key of the job that is running; those that are over sort behind it. */
export type JobPrefix = "redrive" | "replay";
export const prefixOf = (job: Job): JobPrefix => ("kind" in job ? job.kind : "redrive");
export const endedSortKey = (prefix: JobPrefix, id: string): string => `${prefix}#${id}`;

/** `writer` is the id of this write: a writer whose response is lost recognizes its own item by it. */
const jobAttributes = ({ version, id, expiresAtMs, ...rest }: Job, writer: string) => ({
  f: FORMAT,
  v: version,
  id,
  job: rest,
  w: writer,
  ...(expiresAtMs === undefined ? {} : { exp: expiresAtMs, expiresAt: Math.ceil(expiresAtMs / 1_000) }),
});

export const runningItem = (pk: string, job: Job, writer: string) => ({
  pk,
  sk: prefixOf(job),
  ...jobAttributes(job, writer),
});

export const endedItem = (pk: string, job: Job, writer: string) => ({
  pk,
  sk: endedSortKey(prefixOf(job), job.id),
  ...jobAttributes(job, writer),
});

/** Condition of a write that replaces or removes the running job, read at the version before `job`'s. */
export const isBefore = ({ id, version }: Job) => ({
  ConditionExpression: `v = :v AND id = :id AND ${IS_READABLE}`,
  ExpressionAttributeValues: { ":v": version - 1, ":id": id, ...IS_READABLE_VALUES },
});

/** Replaces the running job: a part of a move. */
export const putRunning = (TableName: string, pk: string, job: Job, writer: string) => ({
  TableName,
  Item: runningItem(pk, job, writer),
  ...isBefore(job),
});

/** undefined for a damaged item. @throws {StoredFormatTooNew} */
export function jobOf<J extends Job>(item: Record<string, unknown> | undefined): J | undefined {
  const { v, id, job, exp } = readable(item) ?? {};
  if (typeof v !== "number" || typeof id !== "string" || typeof job !== "object" || job === null)
    return undefined;
  return { version: v, id, ...job, ...(typeof exp === "number" ? { expiresAtMs: exp } : {}) } as J;
}
