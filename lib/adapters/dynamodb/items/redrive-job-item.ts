import type { RedriveJob } from "../../../domain/redrive-job.js";
import { FORMAT, IS_READABLE, IS_READABLE_VALUES, readable } from "./format.js";

/** The job that is running. The items of those that are over sort behind it. */
export const JOB_PREFIX = "redrive";
export const RUNNING_SORT_KEY = JOB_PREFIX;
export const endedSortKey = (id: string): string => `${JOB_PREFIX}#${id}`;

/** `writer` is the id of this write: a writer whose response is lost recognizes its own item by it. */
const jobAttributes = ({ version, id, expiresAtMs, ...rest }: RedriveJob, writer: string) => ({
  f: FORMAT,
  v: version,
  id,
  job: rest,
  w: writer,
  ...(expiresAtMs === undefined ? {} : { exp: expiresAtMs, expiresAt: Math.ceil(expiresAtMs / 1_000) }),
});

export const runningItem = (pk: string, job: RedriveJob, writer: string) => ({
  pk,
  sk: RUNNING_SORT_KEY,
  ...jobAttributes(job, writer),
});

export const endedItem = (pk: string, job: RedriveJob, writer: string) => ({
  pk,
  sk: endedSortKey(job.id),
  ...jobAttributes(job, writer),
});

/** Condition of a write that replaces or removes the running job, read at the version before `job`'s. */
export const isBefore = ({ id, version }: RedriveJob) => ({
  ConditionExpression: `v = :v AND id = :id AND ${IS_READABLE}`,
  ExpressionAttributeValues: { ":v": version - 1, ":id": id, ...IS_READABLE_VALUES },
});

/** Replaces the running job: a part of a move. */
export const putRunning = (TableName: string, pk: string, job: RedriveJob, writer: string) => ({
  TableName,
  Item: runningItem(pk, job, writer),
  ...isBefore(job),
});

/** undefined for a damaged item. @throws {StoredFormatTooNew} */
export function jobOf(item: Record<string, unknown> | undefined): RedriveJob | undefined {
  const { v, id, job, exp } = readable(item) ?? {};
  if (typeof v !== "number" || typeof id !== "string" || typeof job !== "object" || job === null)
    return undefined;
  const rest = job as Omit<RedriveJob, "version" | "id" | "expiresAtMs">;
  return { version: v, id, ...rest, ...(typeof exp === "number" ? { expiresAtMs: exp } : {}) };
}
