import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { NodeHttpHandler } from "@smithy/node-http-handler";

/** Shorter than a function's patience: an answer that takes longer than this is as good as lost. */
const CONNECT_TIMEOUT_MS = 1_000;
const REQUEST_TIMEOUT_MS = 5_000;
const MAX_ATTEMPTS = 4;

/** The tables by their physical names. */
export interface Tables {
  readonly log: string;
  readonly state: string;
}

/** What every adapter of this folder is made from. */
export interface DynamoDb {
  readonly client: DynamoDBDocumentClient;
  readonly tables: Tables;
}

/** A client for the tables; region, credentials and endpoint come from the environment unless given. */
export function dynamoDbClient(options: { readonly endpoint?: string } = {}): DynamoDBDocumentClient {
  const client = new DynamoDBClient({
    ...options,
    maxAttempts: MAX_ATTEMPTS,
    requestHandler: new NodeHttpHandler({
      connectionTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      throwOnRequestTimeout: true,
    }),
  });
  return DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
}
