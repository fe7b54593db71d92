import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DeleteCommand, DynamoDBDocumentClient, PutCommand, paginateQuery } from "@aws-sdk/lib-dynamodb";
import type { SQSEvent, SQSRecord } from "aws-lambda";
import { TEST_CREDENTIALS, TEST_REGION } from "../adapters/endpoint.js";
import { type Instruction, instructionIn } from "./functions/instruction.js";

/** One call of a deployed function, as it wrote it down. */
export interface Delivery {
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  readonly records: readonly SQSRecord[];
  /** What it answered as `batchItemFailures`. */
  readonly failedIds: readonly string[];
  /** It threw, since a test had broken it. */
  readonly isBroken: boolean;
}

/** What the deployed functions were given, by subscription. */
export interface Deliveries {
  /** All so far, by the time that they started. */
  of(topic: string, subscription: string): Promise<readonly Delivery[]>;
  /** Has the function throw for this subscription; gives what mends it. */
  breakFor(topic: string, subscription: string): Promise<() => Promise<void>>;
}

export function deliveriesIn(endpoint: string, TableName: string): Deliveries {
  const settings = { endpoint, region: TEST_REGION, credentials: TEST_CREDENTIALS };
  const client = DynamoDBDocumentClient.from(new DynamoDBClient(settings));
  return {
    of: async (topic, subscription) => {
      const found: Delivery[] = [];
      const input = {
        TableName,
        ConsistentRead: true,
        KeyConditionExpression: "pk = :pk AND sk < :control",
        ExpressionAttributeValues: { ":pk": `${topic}-${subscription}`, ":control": "b" },
      };
      for await (const { Items = [] } of paginateQuery({ client }, input)) {
        const items = Items as unknown as readonly (Delivery & { readonly event: string })[];
        found.push(
          ...items.map((item) => ({ ...item, records: (JSON.parse(item.event) as SQSEvent).Records })),
        );
      }
      return found;
    },
    breakFor: async (topic, subscription) => {
      const Key = { pk: `${topic}-${subscription}`, sk: "broken" };
      await client.send(new PutCommand({ TableName, Item: Key }));
      return async () => {
        await client.send(new DeleteCommand({ TableName, Key }));
      };
    },
  };
}

/** One attempt at one message. */
export interface Attempt extends Instruction {
  readonly attempt: number;
  readonly key: string | undefined;
  readonly isDone: boolean;
  /** Which of the deliveries it came with. */
  readonly delivery: number;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
}

/** Every attempt at every message, in the order of their starts, and within a delivery in its own. */
export const attemptsIn = (deliveries: readonly Delivery[]): Attempt[] =>
  deliveries.flatMap(({ records, failedIds, isBroken, startedAtMs, endedAtMs }, delivery) =>
    records.map(({ messageId, body, attributes }) => ({
      ...instructionIn(body),
      attempt: Number(attributes.ApproximateReceiveCount),
      key: attributes.MessageGroupId,
      isDone: !isBroken && !failedIds.includes(messageId),
      delivery,
      startedAtMs,
      endedAtMs,
    })),
  );

/** The messages that were done, each once. */
export const doneIn = (deliveries: readonly Delivery[]): number[] => {
  const done = attemptsIn(deliveries).filter(({ isDone }) => isDone);
  return [...new Set(done.map(({ n }) => n))].sort((a, b) => a - b);
};
