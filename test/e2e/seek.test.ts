import { unique } from "../contract/builders.js";
import { type DeployedQueue, type Deployment, deployment } from "./a-deployment.js";
import { type Delivery, attemptsIn } from "./deliveries.js";
import { eventually } from "./eventually.js";

jest.setTimeout(240_000);

const READER = "reader";
const PATIENCE_MS = 90_000;
const COUNT = 20;
const ALL = Array.from({ length: COUNT }, (_, n) => n);

let deployed: Deployment;
let queue: DeployedQueue;
beforeAll(async () => {
  deployed = await deployment();
  queue = deployed.queue("Main");
});

/** Receives until so many are there, or nothing comes any more. */
async function received(topic: string, count: number) {
  const { client } = queue;
  const messages: Awaited<ReturnType<typeof client.receive>> = [];
  while (messages.length < count) {
    const more = await client.receive(topic, READER, { maxMessages: 100, waitSeconds: 10 });
    if (more.length === 0) break;
    messages.push(...more);
  }
  return messages;
}

it("what was acknowledged is received again from where it is sought to, and nothing of before counts", async () => {
  // GIVEN some that are done, and one in flight
  const { client } = queue;
  const topic = unique("seek");
  await client.putTopic(topic);
  await client.putSubscription(topic, READER);
  const published = await client.publish(
    topic,
    ALL.map((body) => ({ body })),
  );
  const [inFlight, ...done] = await received(topic, COUNT);
  await client.ack(topic, READER, done);
  // WHEN
  expect(await client.seek(topic, READER, "earliest")).toMatchObject({ name: READER });
  // THEN
  const state = { backlog: COUNT, inFlight: 0, retrying: 0 };
  expect((await client.getSubscription(topic, READER)).state).toMatchObject(state);
  const replayed = await received(topic, COUNT);
  expect(replayed.map(({ body }) => body)).toEqual(ALL);
  expect(replayed.map(({ attempt }) => attempt)).toEqual(ALL.map(() => 1));
  const receipt = inFlight?.receipt ?? "";
  const late = await client.settle(topic, READER, [{ receipt, outcome: "retry" }]);
  expect(late).toMatchObject([{ error: { code: "receipt-expired" } }]);
  await client.ack(topic, READER, replayed);
  // WHEN
  const fifth = published.messages[5];
  await client.seek(topic, READER, { id: fifth?.id ?? "" });
  // THEN
  const rest = await received(topic, COUNT - 5);
  expect(rest.map(({ body }) => body)).toEqual(ALL.slice(5));
  // WHEN
  await client.seek(topic, READER, "latest");
  // THEN
  const idle = { backlog: 0, inFlight: 0, retrying: 0 };
  expect((await client.getSubscription(topic, READER)).state).toMatchObject(idle);
  expect(await client.receive(topic, READER, { waitSeconds: 1 })).toEqual([]);
});

it("a function gets all of its messages again, at once", async () => {
  // GIVEN
  const { client } = queue;
  const topic = unique("seek");
  await client.putTopic(topic);
  await client.putSubscription(topic, "cart", { target: deployed.push("cart"), ackDeadlineSeconds: 10 });
  await client.publish(
    topic,
    ALL.map((n) => ({ body: { n } })),
  );
  const timesOf = (deliveries: readonly Delivery[]) =>
    ALL.map((n) => attemptsIn(deliveries).filter((attempt) => attempt.n === n && attempt.isDone).length);
  const until = (what: string, times: number) =>
    eventually(
      what,
      () => deployed.deliveries.of(topic, "cart"),
      (deliveries) => Math.min(...timesOf(deliveries)) >= times,
      PATIENCE_MS,
    );
  await until("all delivered", 1);
  // WHEN
  await client.seek(topic, "cart", "earliest");
  // THEN
  const deliveries = await until("all delivered again", 2);
  expect(attemptsIn(deliveries).every(({ attempt }) => attempt === 1)).toBe(true);
});
