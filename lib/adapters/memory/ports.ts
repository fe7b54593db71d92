import type { Clock } from "../../domain/ports/clock.js";
import type { Random } from "../../domain/ports/random.js";
import type { Starter } from "../../domain/ports/starter.js";
import type { Subscriber } from "../../domain/ports/subscriber.js";
import type { Telemetry } from "../../domain/ports/telemetry.js";
import type { Ports } from "../../operations/engine.js";
import { jsonSchemas } from "../json-schema/schemas.js";
import { memoryDeadLetterStore } from "./dead-letter-store.js";
import { memoryDelayedStore } from "./delayed-store.js";
import { memoryGarbageStore } from "./garbage-store.js";
import { memoryJournalStore } from "./journal-store.js";
import { memoryLogStore } from "./log-store.js";
import { memoryProgressStore } from "./progress-store.js";
import { memoryLocks } from "./locks.js";
import { memoryMarkStore } from "./mark-store.js";
import { memoryOutboxStore } from "./outbox-store.js";
import { memoryRedriveJobs, memoryReplayJobs } from "./redrive-jobs.js";
import { memoryScheduleStore } from "./schedule-store.js";
import { memorySegmentStore } from "./segment-store.js";
import type { MemoryStorage } from "./storage.js";
import { memorySubscriptionStore } from "./subscription-store.js";
import { memoryTimerStore } from "./timer-store.js";
import { memoryTopicStore } from "./topic-store.js";
import { memoryUploadStore } from "./upload-store.js";

/** The ports that lead to a store. */
export const STORE_NAMES = [
  "log",
  "segments",
  "uploads",
  "topics",
  "subscriptions",
  "garbage",
  "progress",
  "deadLetters",
  "redriveJobs",
  "replayJobs",
  "delayed",
  "locks",
  "timers",
  "marks",
  "outbox",
  "journal",
  "schedules",
] as const satisfies readonly (keyof Ports)[];

/** The ports that each process has for itself; the stores are shared. */
export interface Surroundings {
  readonly clock: Clock;
  readonly random: Random;
  readonly telemetry: Telemetry;
  readonly starter: Starter;
  readonly subscriber: Subscriber;
}

/** All ports over one storage. Several engines on one storage act as several processes of one deployment. */
export const memoryPorts = (storage: MemoryStorage, surroundings: Surroundings): Ports => ({
  log: memoryLogStore(storage),
  segments: memorySegmentStore(storage),
  uploads: memoryUploadStore(storage),
  topics: memoryTopicStore(storage),
  subscriptions: memorySubscriptionStore(storage),
  garbage: memoryGarbageStore(storage),
  progress: memoryProgressStore(storage),
  deadLetters: memoryDeadLetterStore(storage),
  redriveJobs: memoryRedriveJobs(storage),
  replayJobs: memoryReplayJobs(storage),
  delayed: memoryDelayedStore(storage),
  locks: memoryLocks(storage),
  timers: memoryTimerStore(storage),
  marks: memoryMarkStore(storage),
  outbox: memoryOutboxStore(storage),
  journal: memoryJournalStore(storage),
  schemas: jsonSchemas,
  schedules: memoryScheduleStore(storage),
  ...surroundings,
});
