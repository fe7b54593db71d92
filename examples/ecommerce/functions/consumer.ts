import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, GetCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import type { SQSBatchResponse, SQSEvent, SQSRecord } from "aws-lambda";

const table = process.env.TABLE ?? "";
const client = DynamoDBDocumentClient.from(new DynamoDBClient({}));

/** An item of the table that breaks its consumer while it is there. */
const BROKEN = "broken";

/** A handler as for an SQS trigger: it says which messages failed, and absorbs what comes twice. */
export const handler = async (event: SQSEvent): Promise<SQSBatchResponse> => {
  console.log(JSON.stringify({ consumer: process.env.CONSUMER, messages: event.Records.length }));
  const { Item } = await client.send(
    new GetCommand({ TableName: table, Key: { orderId: BROKEN }, ConsistentRead: true }),
  );
  if (Item) throw new Error(`${process.env.CONSUMER} is out of order`);
  const outcomes = await Promise.allSettled(event.Records.map(carryOut));
  const failed = event.Records.filter((_, index) => outcomes[index]?.status === "rejected");
  return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
};

/** The first time does the work; any other is only counted. */
async function carryOut({ body, attributes }: SQSRecord): Promise<void> {
  const { orderId } = JSON.parse(body) as { orderId: string };
  const nowMs = Date.now();
  await client.send(
    new UpdateCommand({
      TableName: table,
      Key: { orderId },
      UpdateExpression: "SET doneAt = if_not_exists(doneAt, :now), publishedAt = :sent ADD seen :one",
      ExpressionAttributeValues: { ":now": nowMs, ":sent": Number(attributes.SentTimestamp), ":one": 1 },
    }),
  );
}
