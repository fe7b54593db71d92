import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from "aws-lambda";
import { type PartitionRef, parsePartitionKey } from "../lib/domain/topic.js";
import { dispatch } from "../lib/operations/push/dispatch.js";
import type { Engine } from "../lib/operations/engine.js";
import { awsEngine } from "../lib/aws-engine.js";
import { noSegments } from "../lib/adapters/no-segments.js";

/**
 * Attempts before the stream is asked to repeat the record. An emulator that ignores that answer loses the doorbell.
 */
const ATTEMPTS = 4;
const PAUSE_MS = 250;

export const handler = (event: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> =>
  answer(awsEngine(noSegments), event);

/**
 * Answers a batch of doorbells. Never throws for one that fails: its record is returned, so that the stream repeats it.
 */
export async function answer(engine: Engine, event: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> {
  const doorbells = event.Records.flatMap((record) => doorbellIn(engine, record));
  let failed: readonly PartitionRef[] = doorbells.map(({ partition }) => partition);
  for (let attempt = 1; attempt <= ATTEMPTS && failed.length > 0; attempt++) {
    if (attempt > 1) await engine.clock.sleep(PAUSE_MS * 2 ** (attempt - 2));
    failed = await dispatch(engine, failed);
  }
  const unanswered = new Set(failed);
  engine.telemetry.event("dispatched", "info", { records: event.Records.length, failed: unanswered.size });
  const failures = doorbells.filter(({ partition }) => unanswered.has(partition));
  return { batchItemFailures: failures.map(({ itemIdentifier }) => ({ itemIdentifier })) };
}

interface Doorbell {
  readonly partition: PartitionRef;
  readonly itemIdentifier: string;
}

function doorbellIn({ telemetry }: Engine, { dynamodb }: DynamoDBRecord): Doorbell[] {
  const key = dynamodb?.Keys?.["pk"]?.S;
  const partition = parsePartitionKey(key ?? "");
  if (partition && dynamodb?.SequenceNumber) return [{ partition, itemIdentifier: dynamodb.SequenceNumber }];
  telemetry.event("doorbell-unreadable", "warn", { key, sequenceNumber: dynamodb?.SequenceNumber });
  return [];
}
