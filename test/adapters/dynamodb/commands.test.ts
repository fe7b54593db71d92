import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import {
  BatchDeleteCommand,
  type Command,
  DeleteCommand,
  GetCommand,
  PutCommand,
  QueryCommand,
  TransactWriteCommand,
  UpdateCommand,
} from "../../../lib/adapters/dynamodb/commands.js";
import { DocumentClient } from "../../../lib/adapters/dynamodb/client.js";

const CONFIG = { region: "us-east-1", credentials: { accessKeyId: "test", secretAccessKey: "test" } };

/** A client whose calls go no further: each is kept, and gets `answer`. */
function recording(answer: object = {}) {
  const sdk = new DynamoDBClient({ ...CONFIG, cacheMiddleware: true });
  const calls: unknown[] = [];
  sdk.middlewareStack.add(
    () =>
      async ({ input }) => {
        calls.push(input);
        return await Promise.resolve({ output: { $metadata: {}, ...answer }, response: {} });
      },
    { step: "initialize", name: "recording" },
  );
  return { client: new DocumentClient(sdk), calls };
}

const TableName = "table";
const KEY = { pk: "a", sk: "b" };
const VENDOR_KEY = { pk: { S: "a" }, sk: { S: "b" } };
const VALUES = { ":n": 1 };
const VENDOR_VALUES = { ":n": { N: "1" } };

describe("a command", () => {
  it.each<{ what: string; command: Command<unknown>; call: object }>([
    {
      what: "get",
      command: new GetCommand({ TableName, Key: KEY, ConsistentRead: true }),
      call: { TableName, Key: VENDOR_KEY, ConsistentRead: true },
    },
    {
      what: "put",
      command: new PutCommand({ TableName, Item: { ...KEY, n: 1 }, ExpressionAttributeValues: VALUES }),
      call: { TableName, Item: { ...VENDOR_KEY, n: { N: "1" } }, ExpressionAttributeValues: VENDOR_VALUES },
    },
    {
      what: "update",
      command: new UpdateCommand({ TableName, Key: KEY, ExpressionAttributeValues: VALUES }),
      call: { TableName, Key: VENDOR_KEY, ExpressionAttributeValues: VENDOR_VALUES },
    },
    {
      what: "delete",
      command: new DeleteCommand({ TableName, Key: KEY, ConditionExpression: "c" }),
      call: { TableName, Key: VENDOR_KEY, ConditionExpression: "c" },
    },
    {
      what: "query",
      command: new QueryCommand({ TableName, ExpressionAttributeValues: VALUES, ExclusiveStartKey: KEY }),
      call: { TableName, ExpressionAttributeValues: VENDOR_VALUES, ExclusiveStartKey: VENDOR_KEY },
    },
    {
      what: "transaction",
      command: new TransactWriteCommand({
        ClientRequestToken: "token",
        TransactItems: [
          { Put: { TableName, Item: KEY } },
          { Delete: { TableName, Key: KEY, ExpressionAttributeValues: VALUES } },
          { Update: { TableName, Key: KEY, UpdateExpression: "u", ExpressionAttributeValues: VALUES } },
        ],
      }),
      call: {
        ClientRequestToken: "token",
        TransactItems: [
          { Put: { TableName, Item: VENDOR_KEY } },
          { Delete: { TableName, Key: VENDOR_KEY, ExpressionAttributeValues: VENDOR_VALUES } },
          {
            Update: {
              TableName,
              Key: VENDOR_KEY,
              UpdateExpression: "u",
              ExpressionAttributeValues: VENDOR_VALUES,
            },
          },
        ],
      },
    },
    {
      what: "batch of deletes",
      command: new BatchDeleteCommand(TableName, [KEY]),
      call: { RequestItems: { [TableName]: [{ DeleteRequest: { Key: VENDOR_KEY } }] } },
    },
  ])("is sent with its items in DynamoDB's form: $what", async ({ command, call }) => {
    const { client, calls } = recording();
    await client.send(command);
    expect(calls).toEqual([call]);
  });

  it("gets its answer with plain items", async () => {
    const answer = { Items: [VENDOR_KEY], LastEvaluatedKey: VENDOR_KEY, Count: 1 };
    const { client } = recording(answer);
    const { Items, LastEvaluatedKey, Count } = await client.send(new QueryCommand({ TableName }));
    expect({ Items, LastEvaluatedKey, Count }).toEqual({ Items: [KEY], LastEvaluatedKey: KEY, Count: 1 });
  });

  it("gets the item that was there before or after, as a plain one", async () => {
    const { client } = recording({ Item: VENDOR_KEY, Attributes: VENDOR_KEY });
    expect((await client.send(new GetCommand({ TableName, Key: KEY }))).Item).toEqual(KEY);
    expect((await client.send(new UpdateCommand({ TableName, Key: KEY }))).Attributes).toEqual(KEY);
    expect((await client.send(new DeleteCommand({ TableName, Key: KEY }))).Attributes).toEqual(KEY);
  });

  it("has no item where there is none", async () => {
    const { client } = recording();
    expect((await client.send(new GetCommand({ TableName, Key: KEY }))).Item).toBeUndefined();
    expect((await client.send(new QueryCommand({ TableName }))).Items).toBeUndefined();
  });

  it("is sent with its own input, though the way to send its kind is worked out once", async () => {
    const { client, calls } = recording();
    const keys = ["a", "b", "c"].map((pk) => ({ pk }));
    await Promise.all(keys.map((Key) => client.send(new GetCommand({ TableName, Key }))));
    expect(calls).toEqual(keys.map(({ pk }) => ({ TableName, Key: { pk: { S: pk } } })));
  });

  it("can be sent again", async () => {
    const { client, calls } = recording();
    const command = new PutCommand({ TableName, Item: KEY });
    await client.send(command);
    await client.send(command);
    expect(calls).toEqual([
      { TableName, Item: VENDOR_KEY },
      { TableName, Item: VENDOR_KEY },
    ]);
  });
});
