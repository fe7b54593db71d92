import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, PutCommand } from "@aws-sdk/lib-dynamodb";
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { randomUUID } from "node:crypto";

const client = DynamoDBDocumentClient.from(new DynamoDBClient({}));
const { TABLE } = process.env;

/** The least that a publish can do. */
export const handler = async (event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> => {
  const id = randomUUID();
  await client.send(new PutCommand({ TableName: TABLE, Item: { id, body: event.body } }));
  console.log(JSON.stringify({ put: id }));
  return { statusCode: 200, body: "{}" };
};
