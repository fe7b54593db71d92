import { DynamoDBClient, type DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { Telemetry } from "../../domain/ports/telemetry.js";
import { requestHandler } from "../aws/request-handler.js";

const SOCKETS = 50;
const CONNECT_TIMEOUT_MS = 2_000;
/** Shorter than a function's patience: an answer that takes longer than this is as good as lost. */
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
  /** Where a damaged item is reported that is passed over. */
  readonly telemetry?: Telemetry;
}

export interface DynamoDbClientOptions extends Pick<
  DynamoDBClientConfig,
  "endpoint" | "region" | "credentials" | "maxAttempts"
> {
  readonly connectTimeoutMs?: number;
  readonly requestTimeoutMs?: number;
}

/** A client for the tables; region, credentials and endpoint come from the environment unless given. */
export function dynamoDbClient(options: DynamoDbClientOptions = {}): DynamoDBDocumentClient {
  const {
    connectTimeoutMs = CONNECT_TIMEOUT_MS,
    requestTimeoutMs = REQUEST_TIMEOUT_MS,
    maxAttempts = MAX_ATTEMPTS,
    ...others
  } = options;
  const client = new DynamoDBClient({
    ...others,
    maxAttempts,
    requestHandler: requestHandler({ sockets: SOCKETS, connectTimeoutMs, requestTimeoutMs }),
  });
  return DynamoDBDocumentClient.from(client, {
    marshallOptions: { removeUndefinedValues: true },
    // By default it throws at a number that no double holds, and one damaged item would stop its partition.
    unmarshallOptions: { wrapNumbers: Number },
  });
}
