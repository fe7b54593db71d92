import { type DynamoDb, dynamoDbClient } from "../../../lib/adapters/dynamodb/client.js";
import { createTables } from "../../../local/dynamodb-tables.js";
import { TEST_CREDENTIALS, TEST_REGION, endpointIn } from "../../adapters/endpoint.js";
import { unique } from "../../contract/builders.js";

const PATIENCE_MS = 20_000;

/** A client of the tier's endpoint; each has its own connections, and its own meter or faults. */
export const aClient = () =>
  dynamoDbClient({
    endpoint: endpointIn(["SLUICE_E2E_ENDPOINT"], "LocalStack"),
    region: TEST_REGION,
    credentials: TEST_CREDENTIALS,
    connectTimeoutMs: PATIENCE_MS,
    requestTimeoutMs: PATIENCE_MS,
  });

/** Two tables of a test file's own. */
export async function someTables(): Promise<DynamoDb> {
  const db = { client: aClient(), tables: { log: unique("log"), state: unique("state") } };
  await createTables(db.client, db.tables);
  return db;
}
