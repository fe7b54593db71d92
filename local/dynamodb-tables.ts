import { CreateTableCommand } from "@aws-sdk/client-dynamodb";
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { Tables } from "../lib/adapters/dynamodb/client.js";

/** Makes the two tables with the keys that the stack gives them (cdk/storage.ts). */
export async function createTables(client: DynamoDBDocumentClient, tables: Tables): Promise<void> {
  const create = (TableName: string, sortKey: string, type: "N" | "S") =>
    client.send(
      new CreateTableCommand({
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
      }),
    );
  await create(tables.log, "base", "N");
  await create(tables.state, "sk", "S");
}
