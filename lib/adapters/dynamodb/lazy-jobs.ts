import type { Jobs, RedriveJobs, ReplayJobs } from "../../domain/ports/redrive-jobs.js";
import type { RedriveJob } from "../../domain/redrive-job.js";
import type { ReplayJob } from "../../domain/replay-job.js";
import type { DynamoDb } from "./client.js";

const loaded = () => import("./redrive-jobs.js");

export const lazyRedriveJobs = (db: DynamoDb): RedriveJobs =>
  lazyJobs<RedriveJob>(async () => (await loaded()).dynamoDbRedriveJobs(db));
export const lazyReplayJobs = (db: DynamoDb): ReplayJobs =>
  lazyJobs<ReplayJob>(async () => (await loaded()).dynamoDbReplayJobs(db));

/** Jobs, which are loaded with the first call: most functions never have one. */
function lazyJobs<J extends RedriveJob | ReplayJob>(jobs: () => Promise<Jobs<J>>): Jobs<J> {
  return {
    start: async (subscription, job, timer) => await (await jobs()).start(subscription, job, timer),
    running: async (subscription) => await (await jobs()).running(subscription),
    get: async (subscription, id) => await (await jobs()).get(subscription, id),
    list: async (subscription, page) => await (await jobs()).list(subscription, page),
    save: async (subscription, job) => await (await jobs()).save(subscription, job),
    end: async (subscription, job) => await (await jobs()).end(subscription, job),
  };
}
