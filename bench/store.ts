import { randomUUID } from "node:crypto";
import { type DocumentClient, type DynamoDb, dynamoDbClient } from "../lib/adapters/dynamodb/client.js";
import { jsonSchemas } from "../lib/adapters/json-schema/schemas.js";
import { dynamoDbDeadLetterStore } from "../lib/adapters/dynamodb/dead-letter-store.js";
import { dynamoDbDelayedStore } from "../lib/adapters/dynamodb/delayed-store.js";
import { dynamoDbJournalStore } from "../lib/adapters/dynamodb/journal-store.js";
import { dynamoDbLogStore } from "../lib/adapters/dynamodb/log/log-store.js";
import { dynamoDbProgressStore } from "../lib/adapters/dynamodb/progress/progress-store.js";
import { dynamoDbRedriveJobs, dynamoDbReplayJobs } from "../lib/adapters/dynamodb/redrive-jobs.js";
import { dynamoDbLocks } from "../lib/adapters/dynamodb/locks.js";
import { dynamoDbGarbageStore } from "../lib/adapters/dynamodb/settings/garbage-store.js";
import { dynamoDbScheduleStore } from "../lib/adapters/dynamodb/settings/schedule-store.js";
import { dynamoDbSubscriptionStore } from "../lib/adapters/dynamodb/settings/subscription-store.js";
import { dynamoDbOutboxStore } from "../lib/adapters/dynamodb/outbox-store.js";
import { dynamoDbMarkStore } from "../lib/adapters/dynamodb/mark-store.js";
import { dynamoDbTimerStore } from "../lib/adapters/dynamodb/timer-store.js";
import { dynamoDbTopicStore } from "../lib/adapters/dynamodb/settings/topic-store.js";
import { memorySegmentStore } from "../lib/adapters/memory/segment-store.js";
import { noUploads } from "../lib/adapters/no-uploads.js";
import { MemoryStarter } from "../lib/adapters/memory/starter.js";
import { MemoryStorage } from "../lib/adapters/memory/storage.js";
import { MemorySubscriber } from "../lib/adapters/memory/subscriber.js";
import { systemClock } from "../lib/adapters/system/clock.js";
import { systemRandom } from "../lib/adapters/system/random.js";
import type { Telemetry } from "../lib/domain/ports/telemetry.js";
import { type Engine, type Ports, type Settings, createEngine } from "../lib/operations/engine.js";
import { startDynamoDbLocal } from "../local/dynamodb-local.js";
import { createTables } from "../local/dynamodb-tables.js";
import { REGION } from "../local/emulator.js";

export const CREDENTIALS = { accessKeyId: "test", secretAccessKey: "test" };

/** A busy machine is slow, and no failure: an answer that the client gave up would be counted as a lost race. */
export const PATIENCE_MS = 30_000;
export const SILENT: Telemetry = { event: () => undefined };

/** DynamoDB Local, started for one benchmark. */
export interface Store {
  readonly client: DocumentClient;
  /** Fresh tables: what one round leaves behind slows no other down. */
  newTables(): Promise<DynamoDb>;
  readonly endpointUrl: string;
}

export async function withStore(use: (store: Store) => Promise<void>): Promise<void> {
  const emulator = await startDynamoDbLocal();
  const { endpointUrl } = emulator;
  const client = dynamoDbClient({
    endpoint: endpointUrl,
    region: REGION,
    credentials: CREDENTIALS,
    connectTimeoutMs: PATIENCE_MS,
    requestTimeoutMs: PATIENCE_MS,
  });
  const newTables = async (): Promise<DynamoDb> => {
    const tables = {
      log: `log-${randomUUID()}`,
      state: `state-${randomUUID()}`,
      outbox: `outbox-${randomUUID()}`,
    };
    await createTables(client, tables);
    return { client, tables };
  };
  try {
    await use({ client, newTables, endpointUrl });
  } finally {
    client.destroy();
    await emulator.stop();
  }
}

/** One process of a deployment: the real operations over the real adapters, S3 and Lambda in memory unless given. */
export function processOn(
  db: DynamoDb,
  replace: Partial<Ports> = {},
  settings: Partial<Settings> = {},
): Engine {
  const ports: Ports = {
    log: dynamoDbLogStore(db),
    segments: memorySegmentStore(new MemoryStorage()),
    uploads: noUploads,
    topics: dynamoDbTopicStore(db),
    subscriptions: dynamoDbSubscriptionStore(db),
    garbage: dynamoDbGarbageStore(db),
    progress: dynamoDbProgressStore(db),
    deadLetters: dynamoDbDeadLetterStore(db),
    redriveJobs: dynamoDbRedriveJobs(db),
    replayJobs: dynamoDbReplayJobs(db),
    delayed: dynamoDbDelayedStore(db),
    locks: dynamoDbLocks(db),
    timers: dynamoDbTimerStore(db),
    marks: dynamoDbMarkStore(db),
    outbox: dynamoDbOutboxStore(db),
    journal: dynamoDbJournalStore(db),
    schemas: jsonSchemas,
    schedules: dynamoDbScheduleStore(db),
    starter: new MemoryStarter(),
    subscriber: new MemorySubscriber(),
    clock: systemClock,
    random: systemRandom,
    telemetry: SILENT,
  };
  return createEngine({ ...ports, ...replace }, { hasThreads: true, ...settings });
}
