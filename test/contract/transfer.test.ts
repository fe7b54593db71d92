import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { TOPIC } from "../../examples/transfer/names.js";
import { isRight } from "../../examples/transfer/report.js";
import { runTransfers } from "../../examples/transfer/scenario.js";
import { emulatorEnv } from "../../local/emulator.js";
import { endpointIn } from "../adapters/endpoint.js";
import { anApiServer } from "../examples/an-api-server.js";
import { unique } from "./builders.js";

jest.setTimeout(150_000);

const endpointUrl = endpointIn(["SLUICE_TEST_MINISTACK"], "MiniStack");

it("GIVEN a publisher and a receiver that fail in every way WHEN money is transferred THEN all is right", async () => {
  const before = { ...process.env };
  // The processes of the example find their store in it.
  Object.assign(process.env, emulatorEnv(endpointUrl));
  const server = await anApiServer();
  try {
    const [bankTable, inboxTable] = [await aTable("bank"), await aTable("inbox")];
    await server.client.putTopic(TOPIC);
    const report = await runTransfers(
      { apiUrl: server.url, endpointUrl, bankTable, inboxTable },
      { transfers: 120, accounts: 7, publishes: 60, gapMs: 50, everyMs: 200, say: () => undefined },
    );
    expect(report).toMatchObject({ transfers: 120, once: 120, moreOften: 0, never: 0, left: 0 });
    expect(isRight(report)).toBe(true);
    expect(report.crashed).toBeGreaterThan(0);
    expect(report.publisherKilled).toBeGreaterThan(0);
    expect(report.absorbed).toBeGreaterThan(0);
  } finally {
    await server.close();
    process.env = before;
  }
});

async function aTable(name: string): Promise<string> {
  const TableName = unique(name);
  await new DynamoDBClient({ endpoint: endpointUrl }).send(
    new CreateTableCommand({
      TableName,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
    }),
  );
  return TableName;
}
