import { createHash } from "node:crypto";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, GetCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import type { Context, SQSBatchResponse, SQSEvent } from "aws-lambda";

const table = process.env.DELIVERIES_TABLE ?? "";
const client = DynamoDBDocumentClient.from(new DynamoDBClient({}));
const MS_DIGITS = 15;

/** The sort key of an item that breaks the function for a subscription while it is there. */
const BROKEN = "broken";

/** A longer body has no room in what is written down: its digest stands for it. */
const LONGEST_BODY = 100_000;

/** What is written down of a body. */
export const recordedBody = (body: string): string =>
  body.length <= LONGEST_BODY ? body : `sha256:${createHash("sha256").update(body).digest("hex")}`;

type Handle = (event: SQSEvent, subscription: string) => Promise<SQSBatchResponse>;

/** A handler as for an SQS trigger that writes down what it was given, when, and what it answered. */
export const recording =
  (handle: Handle) =>
  async (event: SQSEvent, { awsRequestId }: Context): Promise<SQSBatchResponse> => {
    const startedAtMs = Date.now();
    const pk = subscriptionOf(event);
    const control = new GetCommand({ TableName: table, Key: { pk, sk: BROKEN }, ConsistentRead: true });
    const isOutOfOrder = (await client.send(control)).Item !== undefined;
    const [outcome] = await Promise.allSettled([handle(event, pk)]);
    const isBroken = isOutOfOrder || outcome.status === "rejected";
    const failures = outcome.status === "fulfilled" ? outcome.value.batchItemFailures : [];
    const Records = event.Records.map((record) => ({ ...record, body: recordedBody(record.body) }));
    const Item = {
      pk,
      sk: `${String(startedAtMs).padStart(MS_DIGITS, "0")}-${awsRequestId}`,
      startedAtMs,
      endedAtMs: Date.now(),
      failedIds: failures.map(({ itemIdentifier }) => itemIdentifier),
      isBroken,
      event: JSON.stringify({ Records }),
    };
    await client.send(new PutCommand({ TableName: table, Item }));
    if (isOutOfOrder) throw new Error(`${pk} is out of order`);
    if (outcome.status === "rejected") throw outcome.reason;
    return outcome.value;
  };

/** `TOPIC-SUBSCRIPTION`, without the `.fifo` of an ordered topic. */
const subscriptionOf = ({ Records: [first] }: SQSEvent): string =>
  first?.eventSourceARN
    .split(":")
    .at(-1)
    ?.replace(/\.fifo$/, "") ?? "";
