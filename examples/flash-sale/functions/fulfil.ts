import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, PutCommand } from "@aws-sdk/lib-dynamodb";
import type { SQSBatchResponse, SQSEvent } from "aws-lambda";
import { BackEnd } from "./back-end.js";

const client = DynamoDBDocumentClient.from(new DynamoDBClient({}));
const backEnd = new BackEnd(client, process.env.BACK_END ?? "");

/** Hands orders to the back end, and writes down what came of each, where its buyer can look it up. */
export const handler = async ({ Records: records }: SQSEvent): Promise<SQSBatchResponse> => {
  const takenAt = Date.now();
  await backEnd.take(records.length, takenAt);
  const outcomes = await Promise.allSettled(
    records.map(({ body, attributes }) => {
      const { orderId } = JSON.parse(body) as { orderId: string };
      const publishedAt = Number(attributes.SentTimestamp);
      const Item = { orderId, outcome: "shipped", publishedAt, takenAt };
      return client.send(new PutCommand({ TableName: process.env.OUTCOMES ?? "", Item }));
    }),
  );
  const failed = records.filter((_, index) => outcomes[index]?.status === "rejected");
  return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
};
