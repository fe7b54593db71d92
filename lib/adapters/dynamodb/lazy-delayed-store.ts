import type { DelayedStore } from "../../domain/ports/delayed-store.js";
import { lazy } from "../lazy.js";
import type { DynamoDb } from "./client.js";

export const lazyDelayedStore = (db: DynamoDb): DelayedStore =>
  lazy(async () => (await import("./delayed-store.js")).dynamoDbDelayedStore(db));
