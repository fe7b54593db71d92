import { DeleteTableCommand } from "@aws-sdk/client-dynamodb";
import { type DynamoDb, dynamoDbClient } from "../../../lib/adapters/dynamodb/client.js";
import { MemoryTelemetry } from "../../../lib/adapters/memory/telemetry.js";
import * as local from "../../../local/dynamodb-tables.js";
import { unique } from "../../contract/builders.js";
import { TEST_CREDENTIALS, TEST_REGION } from "../endpoint.js";

const PATIENCE_MS = 20_000;

/** Tables of a test's own, and what was reported beside the answers. */
export interface TestTables extends DynamoDb {
  readonly tables: Required<DynamoDb["tables"]>;
  readonly telemetry: MemoryTelemetry;
  /** A client of the same tables that shares no connection, and no fault, with others. */
  aClient(): DynamoDb["client"];
  drop(): Promise<void>;
}

const clientOf = (endpoint: string): DynamoDb["client"] =>
  dynamoDbClient({
    endpoint,
    region: TEST_REGION,
    credentials: TEST_CREDENTIALS,
    // A machine that is busy with other tests is no failure.
    connectTimeoutMs: PATIENCE_MS,
    requestTimeoutMs: PATIENCE_MS,
  });

export async function createTables(endpoint: string): Promise<TestTables> {
  const client = clientOf(endpoint);
  const tables = { log: unique("log"), state: unique("state"), outbox: unique("outbox") };
  await local.createTables(client, tables);
  return {
    client,
    tables,
    telemetry: new MemoryTelemetry(),
    aClient: () => clientOf(endpoint),
    drop: async () => {
      for (const TableName of Object.values(tables))
        await client.sdk.send(new DeleteTableCommand({ TableName }));
      client.destroy();
    },
  };
}
