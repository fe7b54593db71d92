import type { DynamoDBStreamEvent } from "aws-lambda";
import { record } from "../record.js";

/** The least that a delivery can be. */
export const handler = async ({ Records }: DynamoDBStreamEvent): Promise<void> => {
  await record(Records.map(({ dynamodb }) => String(dynamodb?.NewImage?.["body"]?.S)));
};
