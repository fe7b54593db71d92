import { unique } from "../contract/builders.js";
import { type DeployedQueue, type Deployment, deployment } from "./a-deployment.js";
import { type Delivery, attemptsIn, doneIn } from "./deliveries.js";
import type { Instruction } from "./functions/instruction.js";
import { eventually } from "./eventually.js";
import { CONSUMER, SUBSCRIBERS } from "./names.js";

jest.setTimeout(240_000);

/** What failed waits for it, so it is short. */
const ACK_DEADLINE_SECONDS = 2;
const PATIENCE_MS = 90_000;

let deployed: Deployment;
let queue: DeployedQueue;
beforeAll(async () => {
  deployed = await deployment();
  queue = deployed.queue("Main");
});

const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

/** A topic that the three functions subscribe to, each by its own name. */
async function aPushedTopic() {
  const topic = unique("push");
  await queue.client.putTopic(topic);
  for (const name of SUBSCRIBERS) {
    const settings = { target: deployed.push(name), ackDeadlineSeconds: ACK_DEADLINE_SECONDS };
    await queue.client.putSubscription(topic, name, settings);
  }
  const until = (what: string, subscription: string, isSo: (deliveries: readonly Delivery[]) => boolean) =>
    eventually(what, () => deployed.deliveries.of(topic, subscription), isSo, PATIENCE_MS);
  return {
    topic,
    publish: (...instructions: readonly Instruction[]) =>
      queue.client.publish(
        topic,
        instructions.map((body) => ({ body })),
      ),
    until,
    untilDone: (subscription: string, count: number) =>
      until(`${count} messages done`, subscription, (deliveries) => doneIn(deliveries).length >= count),
  };
}

it("three functions get every message, as an SQS trigger would give it", async () => {
  // GIVEN
  const { topic, untilDone } = await aPushedTopic();
  const attributes = { region: "eu", amount: 12.5 };
  // WHEN
  const { messages } = await queue.client.publish(
    topic,
    upTo(40).map((n) => ({ body: { n }, tag: "created", attributes })),
  );
  // THEN
  for (const name of SUBSCRIBERS) {
    const deliveries = await untilDone(name, 40);
    expect(doneIn(deliveries)).toEqual(upTo(40));
    expect(attemptsIn(deliveries).filter(({ attempt }) => attempt > 1)).toEqual([]);
    const records = deliveries.flatMap(({ records: own }) => own);
    expect(records).toHaveLength(40);
    expect(records.find(({ body }) => body === '{"n":7}')).toEqual({
      messageId: (messages[7] as { id: string }).id,
      receiptHandle: expect.any(String),
      body: '{"n":7}',
      attributes: {
        ApproximateReceiveCount: "1",
        SentTimestamp: String(Date.parse((messages[7] as { publishedAt: string }).publishedAt)),
        SenderId: "sluice",
        ApproximateFirstReceiveTimestamp: expect.stringMatching(/^\d{13}$/),
      },
      messageAttributes: {
        region: expect.objectContaining({ stringValue: "eu", dataType: "String" }),
        amount: expect.objectContaining({ stringValue: "12.5", dataType: "Number" }),
        "Sluice-Content-Type": expect.objectContaining({ stringValue: "application/json" }),
        "Sluice-Tag": expect.objectContaining({ stringValue: "created" }),
      },
      md5OfBody: expect.stringMatching(/^[0-9a-f]{32}$/),
      md5OfMessageAttributes: expect.stringMatching(/^[0-9a-f]{32}$/),
      eventSource: "aws:sqs",
      eventSourceARN: `arn:aws:sqs:us-east-1:000000000000:${topic}-${name}`,
      awsRegion: "us-east-1",
    });
  }
});

it("one that fails for some messages gets just those again", async () => {
  // GIVEN
  const { publish, untilDone } = await aPushedTopic();
  const failing = [3, 4, 11];
  // WHEN
  await publish(
    ...upTo(20).map((n) => ({ n, ...(failing.includes(n) ? { failures: { cart: n === 11 ? 2 : 1 } } : {}) })),
  );
  // THEN
  const attempts = attemptsIn(await untilDone("cart", 20));
  const failed = attempts.filter(({ isDone }) => !isDone).map(({ n, attempt }) => [n, attempt]);
  expect(failed.sort(([a = 0], [b = 0]) => a - b)).toEqual([
    [3, 1],
    [4, 1],
    [11, 1],
    [11, 2],
  ]);
  expect(attempts).toHaveLength(20 + failed.length);
  for (const other of ["logistics", "points"]) {
    expect(attemptsIn(await untilDone(other, 20))).toHaveLength(20);
  }
});

it("one that is broken catches up once it is mended, and the others never notice", async () => {
  // GIVEN
  const { topic, publish, until, untilDone } = await aPushedTopic();
  const mend = await deployed.deliveries.breakFor(topic, "points");
  // WHEN
  for (const from of [0, 10, 20]) await publish(...upTo(10).map((n) => ({ n: from + n })));
  // THEN
  for (const other of ["logistics", "cart"]) {
    const deliveries = await untilDone(other, 30);
    expect(attemptsIn(deliveries)).toHaveLength(30);
  }
  const broken = await until("an attempt", "points", (deliveries) => deliveries.length > 0);
  expect(doneIn(broken)).toEqual([]);
  // WHEN
  await mend();
  // THEN
  expect(doneIn(await untilDone("points", 30))).toEqual(upTo(30));
});

describe("a consumer of SQS that is written with Powertools", () => {
  it("fails in part, and gets just those messages again", async () => {
    // GIVEN
    const { topic, until } = await aConsumedTopic({});
    const failing = [2, 5];
    // WHEN
    await queue.client.publish(
      topic,
      upTo(8).map((n) => ({ body: { n, ...(failing.includes(n) ? FAILS_ONCE : {}) } })),
    );
    // THEN
    const attempts = attemptsIn(await until(8));
    const failed = attempts.filter(({ isDone }) => !isDone);
    expect(failed.map(({ n, attempt }) => [n, attempt])).toEqual([
      [2, 1],
      [5, 1],
    ]);
    expect(attempts).toHaveLength(8 + failed.length);
  });

  it("stops where its FIFO processor does, and goes on from there in order", async () => {
    // GIVEN
    const { topic, until } = await aConsumedTopic({ ordering: "key", partitions: 1 });
    // WHEN
    await queue.client.publish(
      topic,
      upTo(6).map((n) => ({ body: { n, ...(n === 2 ? FAILS_ONCE : {}) }, key: "order-7" })),
    );
    // THEN
    const attempts = attemptsIn(await until(6));
    const done = attempts.filter(({ isDone }) => isDone).map(({ n }) => n);
    expect(done).toEqual(upTo(6));
    expect(attempts.filter(({ isDone }) => !isDone)[0]).toMatchObject({ n: 2, attempt: 1 });
  });

  const FAILS_ONCE = { failures: { [CONSUMER]: 1 } };

  async function aConsumedTopic(settings: Parameters<DeployedQueue["client"]["putTopic"]>[1]) {
    const topic = unique("consumed");
    await queue.client.putTopic(topic, settings);
    const target = deployed.push(CONSUMER);
    await queue.client.putSubscription(topic, CONSUMER, { target, ackDeadlineSeconds: ACK_DEADLINE_SECONDS });
    const look = () => deployed.deliveries.of(topic, CONSUMER);
    const until = (count: number) =>
      eventually(`${count} messages done`, look, (seen) => doneIn(seen).length >= count, PATIENCE_MS);
    return { topic, until };
  }
});
