import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, PutCommand } from "@aws-sdk/lib-dynamodb";
import type { SQSEvent } from "aws-lambda";
import { randomUUID } from "node:crypto";
import type { Taken } from "../subscribers.js";

const client = DynamoDBDocumentClient.from(new DynamoDBClient({}));
const { TABLE, SUBSCRIBER } = process.env;

/** Writes one item a delivery, so that it is the queue that is measured and not this table. */
export const handler = async ({ Records }: SQSEvent): Promise<void> => {
  const at = Date.now();
  const sent = Records.map(({ body }) => JSON.parse(body) as { number: number; sentAtMs: number });
  const taken: Taken = {
    numbers: sent.map(({ number }) => number),
    tookMs: sent.map(({ sentAtMs }) => at - sentAtMs),
  };
  const Item = { subscriber: SUBSCRIBER, delivery: randomUUID(), at, taken: JSON.stringify(taken) };
  await client.send(new PutCommand({ TableName: TABLE, Item }));
};
