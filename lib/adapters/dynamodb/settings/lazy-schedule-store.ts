import type { ScheduleStore } from "../../../domain/ports/schedule-store.js";
import { lazy } from "../../lazy.js";
import type { DynamoDb } from "../client.js";

export const lazyScheduleStore = (db: DynamoDb): ScheduleStore =>
  lazy(async () => (await import("./schedule-store.js")).dynamoDbScheduleStore(db));
