import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, PutCommand, QueryCommand } from "@aws-sdk/lib-dynamodb";
import type { Context, DynamoDBBatchResponse, DynamoDBStreamEvent } from "aws-lambda";
import { instructionIn } from "../rehearsals.js";

const { DELIVERIES_TABLE: table = "", REHEARSAL: rehearsal = "" } = process.env;
const client = DynamoDBDocumentClient.from(new DynamoDBClient({}));
const MS_DIGITS = 15;

/** Writes down what it is given, and fails for what asks for it: by naming the record, or as a whole. */
export const handler = async (
  { Records }: DynamoDBStreamEvent,
  { awsRequestId }: Context,
): Promise<DynamoDBBatchResponse> => {
  const earlier = await earlierBells();
  const bells = Records.map(({ dynamodb }) => ({
    key: dynamodb?.Keys?.["pk"]?.S ?? "",
    itemIdentifier: dynamodb?.SequenceNumber ?? "",
  }));
  const keys = bells.map(({ key }) => key);
  const sk = `${String(Date.now()).padStart(MS_DIGITS, "0")}-${awsRequestId}`;
  await client.send(new PutCommand({ TableName: table, Item: { pk: rehearsal, sk, bells: keys } }));
  const failing = bells.filter(({ key }) => {
    const { times } = instructionIn(key);
    return earlier.filter((one) => one === key).length < times;
  });
  if (failing.some(({ key }) => instructionIn(key).way === "thrown"))
    throw new Error("a record asked for it");
  return { batchItemFailures: failing.map(({ itemIdentifier }) => ({ itemIdentifier })) };
};

async function earlierBells(): Promise<readonly string[]> {
  const { Items = [] } = await client.send(
    new QueryCommand({
      TableName: table,
      KeyConditionExpression: "pk = :pk",
      ExpressionAttributeValues: { ":pk": rehearsal },
      ConsistentRead: true,
    }),
  );
  return Items.flatMap(({ bells }) => bells as readonly string[]);
}
