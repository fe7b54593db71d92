import {
  BillingMode,
  CreateTableCommand,
  DeleteTableCommand,
  UpdateTimeToLiveCommand,
} from "@aws-sdk/client-dynamodb";
import type { DynamoDb } from "../../lib/adapters/dynamodb/client.js";
import { lookAtTable } from "../../lib/adapters/dynamodb/table-look.js";
import { unfitTable } from "../../lib/domain/given-storage.js";
import { unique } from "./builders.js";

/** A table's settings, as DynamoDB tells them. */
export function tableLookContract(make: () => Promise<DynamoDb>): void {
  it("GIVEN a table like the log's THEN its settings are found, and fit", async () => {
    const { client } = await make();
    const TableName = unique("given");
    await client.sdk.send(
      new CreateTableCommand({
        TableName,
        KeySchema: [
          { AttributeName: "pk", KeyType: "HASH" },
          { AttributeName: "base", KeyType: "RANGE" },
        ],
        // In another order than the key's.
        AttributeDefinitions: [
          { AttributeName: "base", AttributeType: "N" },
          { AttributeName: "pk", AttributeType: "S" },
        ],
        BillingMode: BillingMode.PAY_PER_REQUEST,
        StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_IMAGE" },
      }),
    );
    const before = await lookAtTable(client.sdk, TableName);
    expect(before).toEqual({
      name: TableName,
      key: "pk S, base N",
      stream: { viewType: "NEW_IMAGE", arn: expect.stringContaining(`table/${TableName}/stream/`) as string },
    });
    const TimeToLiveSpecification = { Enabled: true, AttributeName: "expiresAt" };
    await client.sdk.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }));
    const look = await lookAtTable(client.sdk, TableName);
    expect(unfitTable("log", look, look.stream?.arn)).toEqual({ faults: [], notes: [] });
    await client.sdk.send(new DeleteTableCommand({ TableName }));
  });

  it("GIVEN a name that no table has THEN it says so", async () => {
    const { client } = await make();
    await expect(lookAtTable(client.sdk, unique("none"))).rejects.toMatchObject({
      code: "storage-unavailable",
    });
  });
}
