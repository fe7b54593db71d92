import {
  CreateTableCommand,
  DeleteTableCommand,
  DynamoDBClient,
  TransactWriteItemsCommand,
} from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, GetCommand, TransactWriteCommand } from "@aws-sdk/lib-dynamodb";
import { inboxItem, isRedelivery, once, plainInboxItem } from "../../lib/client/inbox.js";
import { TEST_CREDENTIALS, TEST_REGION } from "../adapters/endpoint.js";
import { unique } from "./builders.js";

const AT_ONCE = 10;

/** What a consumer's own transaction relies on, with both clients, on whatever speaks for DynamoDB at `endpoint`. */
export function inboxContract(endpoint: string): void {
  const client = new DynamoDBClient({ endpoint, region: TEST_REGION, credentials: TEST_CREDENTIALS });
  const documents = DynamoDBDocumentClient.from(client);
  const tableName = unique("inbox");
  beforeAll(async () => {
    await client.send(
      new CreateTableCommand({
        TableName: tableName,
        BillingMode: "PAY_PER_REQUEST",
        AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
        KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
      }),
    );
  });
  afterAll(async () => {
    await client.send(new DeleteTableCommand({ TableName: tableName }));
    client.destroy();
  });

  const aDelivery = () => ({ topic: "transfers", subscription: "bank", id: unique("message") });
  const credit = (account: string) => ({
    Update: {
      TableName: tableName,
      Key: { id: account },
      UpdateExpression: "ADD balance :one",
      ExpressionAttributeValues: { ":one": 1 },
    },
  });
  const plainCredit = (account: string) => ({
    Update: {
      TableName: tableName,
      Key: { id: { S: account } },
      UpdateExpression: "ADD balance :one",
      ExpressionAttributeValues: { ":one": { N: "1" } },
    },
  });
  const balanceOf = async (account: string): Promise<unknown> =>
    (
      await documents.send(
        new GetCommand({ TableName: tableName, Key: { id: account }, ConsistentRead: true }),
      )
    ).Item?.balance;
  const refused = {
    ConditionCheck: {
      TableName: tableName,
      Key: { id: "nobody" },
      ConditionExpression: "attribute_exists(id)",
    },
  };

  it("lets a message take effect once, with the document client", async () => {
    const [delivery, account] = [aDelivery(), unique("account")];
    const deliver = (): Promise<boolean> => {
      const item = inboxItem(delivery, { tableName });
      const TransactItems = [credit(account), item];
      return once(item, () => documents.send(new TransactWriteCommand({ TransactItems })));
    };
    expect([await deliver(), await deliver(), await balanceOf(account)]).toEqual([true, false, 1]);
  });

  it("lets a message take effect once, with the plain client", async () => {
    const [delivery, account] = [aDelivery(), unique("account")];
    const deliver = (): Promise<boolean> => {
      const item = plainInboxItem(delivery, { tableName });
      const TransactItems = [item, plainCredit(account)];
      return once(item, () => client.send(new TransactWriteItemsCommand({ TransactItems })));
    };
    expect([await deliver(), await deliver(), await balanceOf(account)]).toEqual([true, false, 1]);
  });

  it("lets one of many deliveries at the same time take effect, and none believe in vain that one has", async () => {
    const [delivery, account] = [aDelivery(), unique("account")];
    const outcomes = await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        const item = inboxItem(delivery, { tableName });
        const TransactItems = [item, credit(account)];
        // One that meets another transaction throws, and comes again.
        return await once(item, () => documents.send(new TransactWriteCommand({ TransactItems }))).catch(
          () => "again" as const,
        );
      }),
    );
    expect(outcomes.filter((outcome) => outcome === true)).toHaveLength(1);
    expect(await balanceOf(account)).toBe(1);
  });

  it("tells another condition that failed from a redelivery, and stores nothing then", async () => {
    const delivery = aDelivery();
    const item = inboxItem(delivery, { tableName });
    const sent = documents.send(new TransactWriteCommand({ TransactItems: [item, refused] }));
    const error: unknown = await sent.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect((error as Error).name).toBe("TransactionCanceledException");
    expect(isRedelivery(error, item)).toBe(false);
    const TransactItems = [item, credit(unique("account"))];
    expect(await once(item, () => documents.send(new TransactWriteCommand({ TransactItems })))).toBe(true);
  });

  it("tells a redelivery of which another condition fails as well", async () => {
    const item = inboxItem(aDelivery(), { tableName });
    const send = (...others: readonly object[]): Promise<boolean> => {
      const TransactItems = [...others, item] as (typeof refused | typeof item)[];
      return once(item, () => documents.send(new TransactWriteCommand({ TransactItems })));
    };
    expect([await send(), await send(refused)]).toEqual([true, false]);
  });

  it("takes what the SDK sends again after a lost answer for the same one", async () => {
    const account = unique("account");
    const item = inboxItem(aDelivery(), { tableName });
    const request = { TransactItems: [item, credit(account)], ClientRequestToken: unique("t").slice(0, 36) };
    const send = (): Promise<boolean> => once(item, () => documents.send(new TransactWriteCommand(request)));
    expect([await send(), await send(), await balanceOf(account)]).toEqual([true, true, 1]);
  });
}
