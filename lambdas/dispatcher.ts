import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from "aws-lambda";
import type { Doorbell } from "../lib/domain/pump-start.js";
import { parsePartitionKey } from "../lib/domain/topic.js";
import { dispatch } from "../lib/operations/push/dispatch.js";
import { tellRung } from "../lib/operations/push/tell-rung.js";
import type { Engine } from "../lib/operations/engine.js";
import { awsEngine } from "../lib/aws-engine.js";
import { headerIn } from "../lib/adapters/dynamodb/items/slot-item.js";
import { noSegments } from "../lib/adapters/no-segments.js";

/** Attempts before the stream is asked to repeat the record. An emulator that ignores that loses the doorbell. */
const ATTEMPTS = 4;
const PAUSE_MS = 250;

export const handler = (event: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> =>
  answer(awsEngine(noSegments), event);

/**
 * Answers a batch of doorbells. Never throws for one that fails: its record is returned, so that the stream repeats it.
 */
export async function answer(engine: Engine, event: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> {
  const doorbells = event.Records.flatMap((record) => doorbellIn(engine, record));
  let failed: readonly Rung[] = doorbells;
  for (let attempt = 1; attempt <= ATTEMPTS && failed.length > 0; attempt++) {
    if (attempt > 1) await engine.clock.sleep(PAUSE_MS * 2 ** (attempt - 2));
    failed = await dispatch(engine, failed);
  }
  const failures = doorbells.filter((bell) => failed.includes(bell));
  const messages = tellRung(engine, doorbells, failures);
  const counts = { records: event.Records.length, failed: failures.length, messages };
  engine.telemetry.event("dispatched", "info", counts);
  return { batchItemFailures: failures.map(({ itemIdentifier }) => ({ itemIdentifier })) };
}

interface Rung extends Doorbell {
  readonly itemIdentifier: string;
}

function doorbellIn({ telemetry }: Engine, { dynamodb }: DynamoDBRecord): Rung[] {
  const key = dynamodb?.Keys?.["pk"]?.S;
  const partition = parsePartitionKey(key ?? "");
  const itemIdentifier = dynamodb?.SequenceNumber;
  if (partition && itemIdentifier)
    return [{ ...partition, ...endIn(dynamodb), ...slotIn(dynamodb), itemIdentifier }];
  telemetry.event("doorbell-unreadable", "warn", { key, sequenceNumber: dynamodb?.SequenceNumber });
  return [];
}

/** Where the slot ends: its base and its count. A record without them leaves it to the pump to find out. */
function endIn({ Keys, NewImage }: NonNullable<DynamoDBRecord["dynamodb"]>): { end?: number } {
  const end = Number(Keys?.["base"]?.N) + Number(NewImage?.["n"]?.N);
  return Number.isSafeInteger(end) && end > 0 ? { end } : {};
}

/** What the slot shows of its messages. */
function slotIn({ NewImage }: NonNullable<DynamoDBRecord["dynamodb"]>): Pick<Doorbell, "slot"> {
  const [count, unpackedBytes] = [Number(NewImage?.["n"]?.N), Number(NewImage?.["u"]?.N)];
  if (!NewImage || !Number.isSafeInteger(count) || count < 1) return {};
  return { slot: { count, unpackedBytes, header: headerIn({ h: NewImage["h"]?.S, hs: NewImage["hs"]?.S }) } };
}
