import { randomBytes } from "node:crypto";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, TransactWriteCommand } from "@aws-sdk/lib-dynamodb";
import { type Message, outboxItem } from "../../lib/client/index.js";
import { TEST_CREDENTIALS, TEST_REGION } from "../adapters/endpoint.js";
import { unique } from "../contract/builders.js";
import { type DeployedQueue, type Deployment, deployment } from "./a-deployment.js";
import { attemptsIn, doneIn } from "./deliveries.js";
import { eventually } from "./eventually.js";

/** Twice what the clock takes, and the deployment. */
jest.setTimeout(400_000);

const PATIENCE_MS = 180_000;
/** Above what a slot holds itself, whatever compression makes of it. */
const LARGE_BYTES = 30_000;
const large = (n = 0) => ({ n, rest: randomBytes(LARGE_BYTES).toString("base64") });

let deployed: Deployment;
let queue: DeployedQueue;
let dynamoDb: DynamoDBDocumentClient;
beforeAll(async () => {
  deployed = await deployment();
  queue = deployed.queue("Main");
  const client = { endpoint: deployed.endpointUrl, region: TEST_REGION, credentials: TEST_CREDENTIALS };
  dynamoDb = DynamoDBDocumentClient.from(new DynamoDBClient(client));
});
afterAll(() => dynamoDb.destroy());

const publish = async (topic: string, message: Message): Promise<string> => {
  const { messages } = await queue.client.publish(topic, [message]);
  return messages[0]?.id ?? "";
};
const commit = (topic: string, message: Parameters<typeof outboxItem>[1]) =>
  dynamoDb.send(
    new TransactWriteCommand({
      TransactItems: [outboxItem(topic, message, { tableName: queue.outboxTable })],
    }),
  );
const bodiesOf = async (topic: string): Promise<readonly unknown[]> =>
  (await queue.client.read(topic, { from: "earliest" })).items.map(({ body }) => body);
const untilPublished = (topic: string, ...bodies: readonly unknown[]) =>
  eventually(
    "the messages in the log",
    () => bodiesOf(topic),
    (found) => JSON.stringify(found) === JSON.stringify(bodies),
    PATIENCE_MS,
  );

it.concurrent(
  "a message that is erased leaves its neighbours, also where a slot lies in the bucket",
  async () => {
    const topic = unique("erased");
    await queue.client.putTopic(topic, { partitions: 1 });
    const [kept, gone] = [large(1), large(2)];
    const { messages } = await queue.client.publish(topic, [{ body: kept }, { body: gone }]);
    await queue.client.erase(messages[1]?.id ?? "");
    expect(await bodiesOf(topic)).toEqual([kept]);
  },
);

it.concurrent(
  "a large message that is pushed and fails is kept as a dead letter, and sent again",
  async () => {
    // GIVEN
    const topic = unique("large");
    await queue.client.putTopic(topic);
    const settings = { target: deployed.push("points"), retry: { maxAttempts: 1 }, ackDeadlineSeconds: 5 };
    await queue.client.putSubscription(topic, "pushed", settings);
    const look = () => deployed.deliveries.of(topic, "pushed");
    // WHEN
    const failing = { ...large(1), failures: { pushed: 1 } };
    await publish(topic, { body: failing });
    const letters = queue.client.deadLetters(topic, "pushed");
    const { items } = await eventually(
      "a dead letter",
      () => letters.list(),
      (page) => page.items.length > 0,
      PATIENCE_MS,
    );
    // THEN
    const [letter] = items;
    expect(await letters.get(letter?.id ?? "")).toMatchObject({ body: failing });
    expect(attemptsIn(await look())).toHaveLength(1);
    await publish(topic, { body: { n: 2 } });
    await eventually("the next one", look, (deliveries) => doneIn(deliveries).includes(2), PATIENCE_MS);
  },
);

it.concurrent(
  "a large delayed message is published when it is due, and found by its id before and after",
  async () => {
    // GIVEN
    const topic = unique("delayed");
    await queue.client.putTopic(topic);
    const body = large();
    // WHEN
    const id = await publish(topic, { body, delaySeconds: 5 });
    // THEN
    expect(await queue.client.getMessage(id)).toMatchObject({ body });
    await untilPublished(topic, body);
    expect(await queue.client.getMessage(id)).toMatchObject({ body });
  },
);

it.concurrent("a large message that nobody settles is kept as a dead letter by who asks next", async () => {
  // GIVEN
  const topic = unique("left");
  await queue.client.putTopic(topic);
  await queue.client.putSubscription(topic, "pulled", { retry: { maxAttempts: 1 }, ackDeadlineSeconds: 1 });
  const body = large();
  await publish(topic, { body });
  const receive = () => queue.client.receive(topic, "pulled", { waitSeconds: 1 });
  const [received] = await eventually("the message", receive, (found) => found.length > 0, PATIENCE_MS);
  expect(received).toMatchObject({ body });
  // WHEN
  const letters = queue.client.deadLetters(topic, "pulled");
  const { items } = await eventually(
    "its dead letter",
    async () => ((await receive()).length > 0 ? { items: [] } : letters.list()),
    (page) => page.items.length > 0,
    PATIENCE_MS,
  );
  // THEN
  expect(await letters.get(items[0]?.id ?? "")).toMatchObject({ body });
});

it.concurrent(
  "large messages go through the outbox, and what does not fit the schema is set aside",
  async () => {
    // GIVEN
    const topic = unique("outbox");
    const schema = { type: "object", required: ["n"] };
    await queue.client.putTopic(topic, { schema });
    const fits = large();
    // WHEN
    await commit(topic, { body: { wrong: true } });
    await commit(topic, { body: fits });
    // THEN
    await untilPublished(topic, fits);
    const refused = await eventually(
      "what was refused",
      () => queue.client.listOutbox(topic, { state: "refused" }),
      (page) => page.items.length > 0,
      PATIENCE_MS,
    );
    expect(refused.items).toHaveLength(1);
  },
);

it.concurrent("what waited for its topic is found by the clock", async () => {
  // GIVEN
  const topic = unique("stranded");
  const body = large();
  await commit(topic, { body });
  expect((await queue.client.listOutbox(topic)).items).toMatchObject([{ waitsFor: "topic" }]);
  // WHEN
  await queue.client.putTopic(topic);
  // THEN
  await untilPublished(topic, body);
});

it.concurrent("a subscription that is deleted leaves nothing behind", async () => {
  // GIVEN
  const topic = unique("deleted");
  await queue.client.putTopic(topic);
  await queue.client.putSubscription(topic, "old");
  await publish(topic, { body: 1 });
  await eventually(
    "the message",
    () => queue.client.receive(topic, "old", { waitSeconds: 1 }),
    (found) => found.length > 0,
  );
  // WHEN
  await queue.client.deleteSubscription(topic, "old");
  // THEN
  expect((await queue.client.listSubscriptions(topic)).items).toEqual([]);
});
