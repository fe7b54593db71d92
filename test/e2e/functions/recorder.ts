import { setTimeout as sleep } from "node:timers/promises";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, GetCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from "aws-lambda";
import { instructionIn } from "./instruction.js";

const table = process.env.DELIVERIES_TABLE ?? "";
const client = DynamoDBDocumentClient.from(new DynamoDBClient({}));
const MS_DIGITS = 15;

/** The sort key of an item that breaks the function for a subscription while it is there. */
export const BROKEN = "broken";

/** A handler as for an SQS trigger: does as the messages' bodies say, and writes down what it was given, and when. */
export const handler = async (event: SQSEvent, { awsRequestId }: Context): Promise<SQSBatchResponse> => {
  const startedAtMs = Date.now();
  const pk = subscriptionOf(event);
  const control = new GetCommand({ TableName: table, Key: { pk, sk: BROKEN }, ConsistentRead: true });
  const isBroken = (await client.send(control)).Item !== undefined;
  const instructions = event.Records.map(({ body }) => instructionIn(body));
  await sleep(Math.max(0, ...instructions.map(({ workMs = 0 }) => workMs)));
  const failedIds = failuresIn(event.Records, pk).map(({ messageId }) => messageId);
  const sk = `${String(startedAtMs).padStart(MS_DIGITS, "0")}-${awsRequestId}`;
  const delivery = { startedAtMs, endedAtMs: Date.now(), failedIds, isBroken, event: JSON.stringify(event) };
  await client.send(new PutCommand({ TableName: table, Item: { pk, sk, ...delivery } }));
  if (isBroken) throw new Error(`${pk} is out of order`);
  return { batchItemFailures: failedIds.map((itemIdentifier) => ({ itemIdentifier })) };
};

/** `TOPIC-SUBSCRIPTION`, without the `.fifo` of an ordered topic. */
const subscriptionOf = ({ Records: [first] }: SQSEvent): string =>
  first?.eventSourceARN
    .split(":")
    .at(-1)
    ?.replace(/\.fifo$/, "") ?? "";

/** What is asked to fail, and, as a careful handler of a FIFO queue has it, all that follows it of the same key. */
function failuresIn(records: readonly SQSRecord[], pk: string): SQSRecord[] {
  const heldKeys = new Set<string>();
  return records.filter(({ body, attributes }) => {
    const { MessageGroupId: key, ApproximateReceiveCount: attempt } = attributes;
    const failures = Object.entries(instructionIn(body).failures ?? {});
    const asked = failures.find(([subscription]) => pk.endsWith(`-${subscription}`))?.[1] ?? 0;
    const fails = Number(attempt) <= asked || (key !== undefined && heldKeys.has(key));
    if (fails && key !== undefined) heldKeys.add(key);
    return fails;
  });
}
