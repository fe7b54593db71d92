import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, TransactWriteCommand } from "@aws-sdk/lib-dynamodb";
import { outboxIdOf, outboxItem } from "../../lib/client/index.js";
import { TEST_CREDENTIALS, TEST_REGION } from "../adapters/endpoint.js";
import { unique } from "../contract/builders.js";
import { type DeployedQueue, deployment } from "./a-deployment.js";
import { eventually } from "./eventually.js";

jest.setTimeout(240_000);

const PATIENCE_MS = 120_000;
const COUNT = 30;

let queue: DeployedQueue;
let dynamoDb: DynamoDBDocumentClient;
beforeAll(async () => {
  const deployed = await deployment();
  queue = deployed.queue("Main");
  const client = { endpoint: deployed.endpointUrl, region: TEST_REGION, credentials: TEST_CREDENTIALS };
  dynamoDb = DynamoDBDocumentClient.from(new DynamoDBClient(client));
});
afterAll(() => dynamoDb.destroy());

const itemOf = (topic: string, body: number, key = "k") =>
  outboxItem(topic, { body, key }, { tableName: queue.outboxTable });
/** Ids and bodies, once so many are there. */
async function readWhenThere(topic: string, count: number): Promise<readonly (readonly [string, unknown])[]> {
  const read = () => queue.client.read(topic, { from: "earliest" });
  const { items } = await eventually(
    `${count} messages`,
    read,
    (page) => page.items.length >= count,
    PATIENCE_MS,
  );
  return items.map(({ id, body }) => [id, body] as const);
}
const commit = (...items: readonly ReturnType<typeof itemOf>[]) =>
  dynamoDb.send(new TransactWriteCommand({ TransactItems: [...items] }));

it("what is committed is published once, in its order and under its id; what is rolled back is not", async () => {
  // GIVEN
  const { client } = queue;
  const topic = unique("outbox");
  await client.putTopic(topic, { ordering: "key" });
  const items = Array.from({ length: COUNT }, (_, body) => itemOf(topic, body));
  // WHEN
  for (const item of items) await commit(item);
  const [first] = items;
  if (first) await commit(itemOf(topic, COUNT), first, first).catch(() => undefined);
  // THEN
  const seen = await readWhenThere(topic, COUNT);
  expect(seen).toEqual(items.map((item, body) => [outboxIdOf(item), body]));
  expect((await client.listOutbox(topic)).items).toEqual([]);
});

it("a message waits for its topic, and says so", async () => {
  // GIVEN
  const { client } = queue;
  const topic = unique("outbox");
  const item = itemOf(topic, 1);
  await commit(item);
  expect((await client.listOutbox(topic)).items).toMatchObject([{ id: outboxIdOf(item), waitsFor: "topic" }]);
  // WHEN
  await client.putTopic(topic);
  await commit(itemOf(topic, 2));
  // THEN
  expect((await readWhenThere(topic, 2)).map(([, body]) => body).sort()).toEqual([1, 2]);
});
