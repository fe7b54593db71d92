import { randomUUID } from "node:crypto";
import type { Jobs, RedriveJobs, ReplayJobs } from "../../domain/ports/redrive-jobs.js";
import type { RedriveJob } from "../../domain/redrive-job.js";
import type { ReplayJob } from "../../domain/replay-job.js";
import type { SubscriptionRef } from "../../domain/subscription.js";
import type { DynamoDb } from "./client.js";
import { GetCommand, PutCommand } from "./commands.js";
import { pastConflicts } from "./conflicts.js";
import { failedCondition, toDomainError, translated } from "./errors.js";
import { progressKey } from "./items/progress-item.js";
import {
  type JobPrefix,
  endedItem,
  endedSortKey,
  isBefore,
  jobOf,
  prefixOf,
  putRunning,
  runningItem,
} from "./items/redrive-job-item.js";
import { timerItem } from "./items/timer-item.js";
import { pageOf } from "./pages.js";
import { transact } from "./settings/transact.js";

const ALL_OLD = { ReturnValuesOnConditionCheckFailure: "ALL_OLD" } as const;

export const dynamoDbRedriveJobs = (db: DynamoDb): RedriveJobs => jobsOf<RedriveJob>(db, "redrive");
export const dynamoDbReplayJobs = (db: DynamoDb): ReplayJobs => jobsOf<ReplayJob>(db, "replay");

/** Jobs lie beside their subscription's progress, and are purged with it. */
function jobsOf<J extends RedriveJob | ReplayJob>(db: DynamoDb, prefix: JobPrefix): Jobs<J> {
  const TableName = db.tables.state;
  const read = (subscription: SubscriptionRef, sk: string): Promise<J | undefined> =>
    translated("reading a job", async () => {
      const Key = { pk: progressKey(subscription), sk };
      return jobOf<J>((await db.client.send(new GetCommand({ TableName, Key, ConsistentRead: true }))).Item);
    });
  return {
    start: async (subscription, job, timer) => {
      const Item = runningItem(progressKey(subscription), job, randomUUID());
      const isNone = { ConditionExpression: "attribute_not_exists(pk)", ...ALL_OLD };
      const reasons = await transact(db, "starting a job", [
        { Put: { TableName, Item, ...isNone } },
        { Put: { TableName, Item: timerItem(timer) } },
      ]);
      const there = reasons && jobOf(reasons[0]?.item);
      return !reasons || there?.id === job.id
        ? { kind: "started" }
        : { kind: "running", id: there?.id ?? "" };
    },
    running: (subscription) => read(subscription, prefix),
    // In this order: a job that is not running any more is among those that are over.
    get: async (subscription, id) => {
      const running = await read(subscription, prefix);
      return running?.id === id ? running : await read(subscription, endedSortKey(prefix, id));
    },
    list: (subscription, page) => pageOf(db, { pk: progressKey(subscription), prefix, read: jobOf<J> }, page),
    save: (subscription, job) => save(db, progressKey(subscription), job),
    end: (subscription, job) => end(db, progressKey(subscription), job),
  };
}

async function save({ client, tables }: DynamoDb, pk: string, job: RedriveJob | ReplayJob) {
  const writer = randomUUID();
  const put = new PutCommand({ ...putRunning(tables.state, pk, job, writer), ...ALL_OLD });
  try {
    await pastConflicts(() => client.send(put));
    return "saved";
  } catch (error) {
    const failed = failedCondition(error);
    if (!failed) throw toDomainError(error, "saving a job");
    return failed.item?.w === writer ? "saved" : "conflict";
  }
}

async function end(db: DynamoDb, pk: string, job: RedriveJob | ReplayJob) {
  const TableName = db.tables.state;
  const reasons = await transact(db, "ending a job", [
    { Delete: { TableName, Key: { pk, sk: prefixOf(job) }, ...isBefore(job) } },
    { Put: { TableName, Item: endedItem(pk, job, randomUUID()) } },
  ]);
  return reasons ? "conflict" : "ended";
}
