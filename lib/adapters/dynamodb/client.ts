import { DynamoDBClient, type DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";
import type { Telemetry } from "../../domain/ports/telemetry.js";
import { requestHandler } from "../aws/request-handler.js";
import type { Command } from "./commands.js";

const SOCKETS = 50;
const CONNECT_TIMEOUT_MS = 2_000;
/** DynamoDB answers within milliseconds: after this long the response is lost, and a repeat is faster. */
const REQUEST_TIMEOUT_MS = 5_000;
const MAX_ATTEMPTS = 4;

/** The tables' physical names. */
export interface Tables {
  readonly log: string;
  readonly state: string;
  /** Only what has to do with the outbox needs it. */
  readonly outbox?: string;
}

/** Carries out calls in plain values (commands.ts). */
export class DocumentClient {
  /** Its middleware is worked out once for each kind of call: add to it before the first one. */
  constructor(readonly sdk: DynamoDBClient) {}

  send<Answer>(command: Command<Answer>): Promise<Answer> {
    return command.sendBy(this.sdk);
  }

  destroy(): void {
    this.sdk.destroy();
  }
}

/** What every adapter in this folder needs. */
export interface DynamoDb {
  readonly client: DocumentClient;
  readonly tables: Tables;
  /** Hears about each damaged item that is skipped. */
  readonly telemetry?: Telemetry;
}

export interface DynamoDbClientOptions extends Pick<
  DynamoDBClientConfig,
  "endpoint" | "region" | "credentials" | "maxAttempts"
> {
  readonly connectTimeoutMs?: number;
  readonly requestTimeoutMs?: number;
}

/**
 * The SDK's own decoder first checks every character by a regular expression, which takes longer than decoding. A
 * slot's checksum tells whether its bytes are right.
 */
function fromBase64(text: string): Uint8Array {
  const { buffer, byteOffset, length } = Buffer.from(text, "base64");
  return new Uint8Array(buffer, byteOffset, length);
}

/** Region, credentials and endpoint come from the environment unless given. */
export function dynamoDbClient(options: DynamoDbClientOptions = {}): DocumentClient {
  const {
    connectTimeoutMs = CONNECT_TIMEOUT_MS,
    requestTimeoutMs = REQUEST_TIMEOUT_MS,
    maxAttempts = MAX_ATTEMPTS,
    ...others
  } = options;
  const sdk = new DynamoDBClient({
    ...others,
    maxAttempts,
    base64Decoder: fromBase64,
    cacheMiddleware: true,
    requestHandler: requestHandler({ sockets: SOCKETS, connectTimeoutMs, requestTimeoutMs }),
  });
  return new DocumentClient(sdk);
}
