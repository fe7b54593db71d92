import type { RedriveJobs, ReplayJobs } from "../../domain/ports/redrive-jobs.js";
import { lazy } from "../lazy.js";
import type { DynamoDb } from "./client.js";

const loaded = () => import("./redrive-jobs.js");

export const lazyRedriveJobs = (db: DynamoDb): RedriveJobs =>
  lazy(async () => (await loaded()).dynamoDbRedriveJobs(db));
export const lazyReplayJobs = (db: DynamoDb): ReplayJobs =>
  lazy(async () => (await loaded()).dynamoDbReplayJobs(db));
