import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, PutCommand } from "@aws-sdk/lib-dynamodb";
import { randomUUID } from "node:crypto";
import type { Taken } from "./subscribers.js";

const client = DynamoDBDocumentClient.from(new DynamoDBClient({}));
const { TABLE, SUBSCRIBER } = process.env;

/**
 * Writes one item a delivery, so that the queue is measured and not this table. MiniStack waits 50 ms for a function's
 * first line of its log, so it gets one.
 */
export async function record(bodies: readonly string[]): Promise<void> {
  const at = Date.now();
  const sent = bodies.map((body) => JSON.parse(body) as { number: number; sentAtMs: number });
  const taken: Taken = {
    numbers: sent.map(({ number }) => number),
    tookMs: sent.map(({ sentAtMs }) => at - sentAtMs),
  };
  const Item = { subscriber: SUBSCRIBER, delivery: randomUUID(), at, taken: JSON.stringify(taken) };
  await client.send(new PutCommand({ TableName: TABLE, Item }));
  console.log(JSON.stringify({ subscriber: SUBSCRIBER, messages: bodies.length }));
}
