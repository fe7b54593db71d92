import type { Context, DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from "aws-lambda";
import { type OutboxShard, outboxShardKey, parseOutboxShardKey } from "../lib/domain/outbox.js";
import type { Engine } from "../lib/operations/engine.js";
import { failedIn, relay } from "../lib/operations/relay/relay.js";
import { awsEngine } from "../lib/aws-engine.js";
import { openSegments } from "../lib/adapters/s3/open-segments.js";

/** So much of its time is left to answer in. */
const MARGIN_MS = 5_000;
/** Attempts before the stream is asked to repeat the record, which holds up those behind it. */
const ATTEMPTS = 3;
const PAUSE_MS = 250;

type Timed = Pick<Context, "getRemainingTimeInMillis">;

export const handler = (event: DynamoDBStreamEvent, context: Timed): Promise<DynamoDBBatchResponse> =>
  answer(awsEngine(openSegments), event, context);

/**
 * Moves what was put into the outbox. Only what may go through a moment later is left to the stream; what waits for its
 * topic is found by the clock.
 */
export async function answer(
  engine: Engine,
  event: DynamoDBStreamEvent,
  context: Timed,
): Promise<DynamoDBBatchResponse> {
  const { clock, telemetry } = engine;
  const untilMs = clock.nowMs() + context.getRemainingTimeInMillis() - MARGIN_MS;
  const doorbells = event.Records.flatMap((record) => doorbellIn(engine, record));
  let left: readonly OutboxShard[] = doorbells;
  let moved = 0;
  for (let attempt = 1; attempt <= ATTEMPTS && left.length > 0 && clock.nowMs() < untilMs; attempt++) {
    if (attempt > 1) await clock.sleep(PAUSE_MS * 2 ** (attempt - 2));
    const relayed = await relay(engine, left, { untilMs });
    moved += relayed.reduce((sum, one) => sum + one.moved, 0);
    left = failedIn(relayed);
  }
  const keys = new Set(left.map(outboxShardKey));
  const failures = doorbells.filter((bell) => keys.has(outboxShardKey(bell)));
  telemetry.event("relayed", "info", { records: event.Records.length, moved, failed: failures.length });
  return { batchItemFailures: failures.map(({ itemIdentifier }) => ({ itemIdentifier })) };
}

interface Rung extends OutboxShard {
  readonly itemIdentifier: string;
}

function doorbellIn({ telemetry }: Engine, { dynamodb }: DynamoDBRecord): Rung[] {
  const key = dynamodb?.Keys?.["pk"]?.S;
  const shard = parseOutboxShardKey(key ?? "");
  const itemIdentifier = dynamodb?.SequenceNumber;
  if (shard && itemIdentifier) return [{ ...shard, itemIdentifier }];
  telemetry.event("doorbell-unreadable", "warn", { key, sequenceNumber: itemIdentifier });
  return [];
}
