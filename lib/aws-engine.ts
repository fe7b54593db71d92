import { dynamoDbClient } from "./adapters/dynamodb/client.js";
import { dynamoDbDeadLetterStore } from "./adapters/dynamodb/dead-letter-store.js";
import { lazyDelayedStore } from "./adapters/dynamodb/lazy-delayed-store.js";
import { dynamoDbJournalStore } from "./adapters/dynamodb/journal-store.js";
import { dynamoDbLogStore } from "./adapters/dynamodb/log/log-store.js";
import { dynamoDbProgressStore } from "./adapters/dynamodb/progress/progress-store.js";
import { dynamoDbLocks } from "./adapters/dynamodb/locks.js";
import { lazyRedriveJobs, lazyReplayJobs } from "./adapters/dynamodb/lazy-jobs.js";
import { dynamoDbGarbageStore } from "./adapters/dynamodb/settings/garbage-store.js";
import { dynamoDbSubscriptionStore } from "./adapters/dynamodb/settings/subscription-store.js";
import { dynamoDbOutboxStore } from "./adapters/dynamodb/outbox-store.js";
import { lazyScheduleStore } from "./adapters/dynamodb/settings/lazy-schedule-store.js";
import { dynamoDbMarkStore } from "./adapters/dynamodb/mark-store.js";
import { dynamoDbTimerStore } from "./adapters/dynamodb/timer-store.js";
import { dynamoDbTopicStore } from "./adapters/dynamodb/settings/topic-store.js";
import { jsonSchemas } from "./adapters/json-schema/schemas.js";
import { invokingClient, startingClient } from "./adapters/lambda/client.js";
import { lambdaStarter } from "./adapters/lambda/starter.js";
import { lambdaSubscriber } from "./adapters/lambda/subscriber.js";
import { noUploads } from "./adapters/no-uploads.js";
import { systemClock } from "./adapters/system/clock.js";
import { systemRandom } from "./adapters/system/random.js";
import { METRIC_DETAILS } from "./domain/metrics.js";
import { type TelemetryOptions, loggingTelemetry } from "./adapters/system/telemetry.js";
import type { SegmentStore } from "./domain/ports/segment-store.js";
import type { UploadStore } from "./domain/ports/upload-store.js";
import { type Engine, type Settings, createEngine } from "./operations/engine.js";
import { subscribers } from "./subscribers.js";

export type Environment = Readonly<Record<string, string | undefined>>;

/** Set by the construct (cdk/functions.ts) on each of its functions. */
const VARIABLES = [
  "SLUICE_LOG_TABLE",
  "SLUICE_STATE_TABLE",
  "SLUICE_OUTBOX_TABLE",
  "SLUICE_BUCKET",
  "SLUICE_PUMP_FUNCTION",
  "SLUICE_CLOCK_FUNCTION",
  "SLUICE_QUEUE",
] as const;

/** How a function comes to the segments: an argument, so that only those that handle messages bundle the S3 client. */
export type OpenSegments = (bucket: string, at: { readonly endpoint?: string }) => SegmentStore;

/** The same for uploads, with which only requests have to do. */
export type OpenUploads = (bucket: string, at: { readonly endpoint?: string }) => UploadStore;

let made: Engine | undefined;

/** This process's engine over DynamoDB, S3 and Lambda. In lib only this file and webhooks.ts read the environment. */
export function awsEngine(openSegments: OpenSegments, openUploads?: OpenUploads): Engine {
  made ??= engineFor(process.env, openSegments, openUploads);
  return made;
}

/** @throws an error that names each missing or wrong variable. */
export function engineFor(
  environment: Environment,
  openSegments: OpenSegments,
  openUploads: OpenUploads = () => noUploads,
): Engine {
  const names = required(environment);
  const endpoint = environment["AWS_ENDPOINT_URL"];
  const at = endpoint ? { endpoint } : {};
  const telemetry = loggingTelemetry(telemetryOptionsIn(environment));
  const db = {
    client: dynamoDbClient(at),
    tables: {
      log: names.SLUICE_LOG_TABLE,
      state: names.SLUICE_STATE_TABLE,
      outbox: names.SLUICE_OUTBOX_TABLE,
    },
    telemetry,
  };
  const subscriptions = dynamoDbSubscriptionStore(db);
  const openHttps = async () =>
    (await import("./webhooks.js")).openWebhooks(environment, { subscriptions, clock: systemClock });
  return createEngine(
    {
      log: dynamoDbLogStore(db),
      segments: openSegments(names.SLUICE_BUCKET, at),
      uploads: openUploads(names.SLUICE_BUCKET, at),
      topics: dynamoDbTopicStore(db),
      subscriptions,
      garbage: dynamoDbGarbageStore(db),
      progress: dynamoDbProgressStore(db),
      deadLetters: dynamoDbDeadLetterStore(db),
      redriveJobs: lazyRedriveJobs(db),
      replayJobs: lazyReplayJobs(db),
      delayed: lazyDelayedStore(db),
      locks: dynamoDbLocks(db),
      timers: dynamoDbTimerStore(db),
      marks: dynamoDbMarkStore(db),
      outbox: dynamoDbOutboxStore(db),
      journal: dynamoDbJournalStore(db),
      schemas: jsonSchemas,
      schedules: lazyScheduleStore(db),
      starter: lambdaStarter({
        client: startingClient(at),
        pumpFunction: names.SLUICE_PUMP_FUNCTION,
        clockFunction: names.SLUICE_CLOCK_FUNCTION,
      }),
      subscriber: subscribers(lambdaSubscriber({ client: invokingClient(at) }), openHttps),
      clock: systemClock,
      random: systemRandom,
      telemetry,
    },
    { ...settingsIn(environment), hasThreads: true },
  );
}

/** The names of Sluice's own functions; no subscription may deliver to them. */
export const ownFunctions = (environment: Environment = process.env): readonly string[] =>
  (environment["SLUICE_OWN_FUNCTIONS"] ?? "").split(",").filter((name) => name !== "");

function required(environment: Environment): Record<(typeof VARIABLES)[number], string> {
  const missing = VARIABLES.filter((name) => !environment[name]);
  if (missing.length > 0) {
    throw new Error(`missing in the environment: ${missing.join(", ")} (the Sluice construct sets them)`);
  }
  const values = Object.fromEntries(VARIABLES.map((name) => [name, environment[name]]));
  return values as Record<(typeof VARIABLES)[number], string>;
}

/** Whose metrics the functions publish, and how far these are told apart. */
export function telemetryOptionsIn(environment: Environment): TelemetryOptions {
  const { SLUICE_QUEUE: queue } = required(environment);
  const text = environment["SLUICE_METRICS"] || "queue";
  const detail = METRIC_DETAILS.find((each) => each === text);
  if (!detail) throw new Error(`SLUICE_METRICS is "${text}": use ${METRIC_DETAILS.join(", ")}`);
  return { queue, detail };
}

function settingsIn(environment: Environment): Partial<Settings> {
  return {
    ...bytesIn(environment, "SLUICE_INLINE_LIMIT_BYTES", "inlineLimitBytes"),
    ...bytesIn(environment, "SLUICE_UPLOAD_LIMIT_BYTES", "uploadLimitBytes"),
    ...decodedBytesIn(environment),
    ...restoredAtIn(environment),
  };
}

function restoredAtIn({ SLUICE_RESTORED_AT: text }: Environment): Partial<Settings> {
  if (!text) return {};
  const restoredAtMs = Date.parse(text);
  if (Number.isNaN(restoredAtMs))
    throw new Error(`SLUICE_RESTORED_AT is "${text}": use a time such as 2026-03-01T12:00:00Z`);
  return { restoredAtMs };
}

function bytesIn(environment: Environment, name: string, setting: keyof Settings): Partial<Settings> {
  const text = environment[name];
  if (!text) return {};
  const bytes = Number(text);
  if (!Number.isSafeInteger(bytes) || bytes < 0)
    throw new Error(`${name} is "${text}": use a whole number of bytes`);
  return { [setting]: bytes };
}

/**
 * Half of the function's memory, whose size Lambda sets in the environment. The rest is for Node and the SDK (about 130
 * MB), the bytes of a slot while it is being opened, and what the garbage collector has not freed yet.
 */
const DECODED_SHARE = 0.5;
const MB = 1_024 * 1_024;

function decodedBytesIn({ AWS_LAMBDA_FUNCTION_MEMORY_SIZE: text }: Environment): Partial<Settings> {
  const memoryMb = Number(text);
  return memoryMb > 0 ? { decodedBytes: Math.floor(memoryMb * MB * DECODED_SHARE) } : {};
}
