import { CreateTableCommand, ResourceInUseException } from "@aws-sdk/client-dynamodb";
import type { DocumentClient, Tables } from "../lib/adapters/dynamodb/client.js";

/**
 * Creates the tables with the keys of the stack's (cdk/storage.ts). The names in `tables` are the caller's alone: a
 * table that exists was created by an earlier attempt whose response was lost.
 */
export async function createTables({ sdk }: DocumentClient, tables: Tables): Promise<void> {
  const create = async (TableName: string, sortKey: string, type: "N" | "S"): Promise<void> => {
    const command = new CreateTableCommand({
      TableName,
      BillingMode: "PAY_PER_REQUEST",
      KeySchema: [
        { AttributeName: "pk", KeyType: "HASH" },
        { AttributeName: sortKey, KeyType: "RANGE" },
      ],
      AttributeDefinitions: [
        { AttributeName: "pk", AttributeType: "S" },
        { AttributeName: sortKey, AttributeType: type },
      ],
    });
    await sdk.send(command).catch((error: unknown) => {
      if (!(error instanceof ResourceInUseException)) throw error;
    });
  };
  await create(tables.log, "base", "N");
  await create(tables.state, "sk", "S");
  if (tables.outbox !== undefined) await create(tables.outbox, "sk", "S");
}
