import { unique } from "../contract/builders.js";
import { type DeployedQueue, deployment } from "./a-deployment.js";

jest.setTimeout(180_000);

const SUBSCRIPTION = "reader";
/** Longer than any lease or delay below, shorter than API Gateway waits. */
const PATIENCE = { waitSeconds: 15 } as const;

let queue: DeployedQueue;
beforeAll(async () => {
  queue = (await deployment()).queue("Main");
});

/** A topic with one reader, and what the reader does. */
async function aReader(settings: { readonly ackDeadlineSeconds?: number } = {}) {
  const { client } = queue;
  const topic = unique("pull");
  await client.putTopic(topic);
  await client.putSubscription(topic, SUBSCRIPTION, settings);
  return {
    publish: (...bodies: readonly unknown[]) =>
      client.publish(
        topic,
        bodies.map((body) => ({ body })),
      ),
    receive: (options: Parameters<typeof client.receive>[2] = {}) =>
      client.receive(topic, SUBSCRIPTION, options),
    settle: (...results: Parameters<typeof client.settle>[2]) => client.settle(topic, SUBSCRIPTION, results),
    ack: (messages: readonly { readonly receipt: string }[]) => client.ack(topic, SUBSCRIPTION, messages),
    state: async () => (await client.getSubscription(topic, SUBSCRIPTION)).state,
  };
}

const onlyOne = <T>(all: readonly T[]): T => {
  const [first] = all;
  if (first === undefined || all.length !== 1) throw new Error(`one message was expected, not ${all.length}`);
  return first;
};

const OK = { status: "ok" };

it("a batch is received as it was published, and is gone once it is acknowledged", async () => {
  // GIVEN
  const { client } = queue;
  const topic = unique("pull");
  await client.putTopic(topic);
  await client.putSubscription(topic, SUBSCRIPTION);
  const first = {
    body: { orderId: 7, text: "ü€😀" },
    key: "order-7",
    tag: "created",
    attributes: { region: "eu", amount: 12.5, gift: true },
    businessKey: "7",
  };
  // WHEN
  const published = await client.publish(topic, [first, { body: null }, { body: [1, "two"] }]);
  const received = await client.receive(topic, SUBSCRIPTION, PATIENCE);
  // THEN
  expect(received).toEqual([
    expect.objectContaining({
      ...first,
      ...published.messages[0],
      attempt: 1,
      contentType: "application/json",
    }),
    expect.objectContaining({ body: null, ...published.messages[1] }),
    expect.objectContaining({ body: [1, "two"], ...published.messages[2] }),
  ]);
  await client.ack(topic, SUBSCRIPTION, received);
  const { state } = await client.getSubscription(topic, SUBSCRIPTION);
  expect(state).toMatchObject({ backlog: 0, inFlight: 0, retrying: 0 });
  expect(await client.receive(topic, SUBSCRIPTION)).toEqual([]);
});

it("each subscription gets every message, however far the others are", async () => {
  // GIVEN
  const { client } = queue;
  const topic = unique("pull");
  await client.putTopic(topic);
  const readers = ["one", "two", "three"];
  for (const reader of readers) await client.putSubscription(topic, reader);
  // WHEN
  await client.publish(
    topic,
    Array.from({ length: 30 }, (_, n) => ({ body: n })),
  );
  await client.ack(topic, "one", await client.receive(topic, "one", { maxMessages: 30 }));
  // THEN
  const others = await Promise.all(
    ["two", "three"].map((reader) => client.receive(topic, reader, { maxMessages: 30 })),
  );
  for (const received of others) {
    expect(received.map(({ body }) => body)).toEqual(Array.from({ length: 30 }, (_, n) => n));
  }
});

it("a long poll waits while there is nothing, and answers as soon as there is", async () => {
  // GIVEN
  const [empty, quiet] = await Promise.all([aReader(), aReader()]);
  const startedMs = Date.now();
  const waiting = quiet.receive(PATIENCE).then((messages) => ({ messages, tookMs: Date.now() - startedMs }));
  // WHEN
  expect(await empty.receive({ waitSeconds: 2 })).toEqual([]);
  const waitedMs = Date.now() - startedMs;
  await quiet.publish("at last");
  // THEN
  const { messages, tookMs } = await waiting;
  expect(onlyOne(messages).body).toBe("at last");
  expect(waitedMs).toBeGreaterThanOrEqual(2_000);
  expect(tookMs).toBeGreaterThanOrEqual(waitedMs);
  expect(tookMs).toBeLessThan(PATIENCE.waitSeconds * 1_000);
});

it("a message whose lease expired is handed out again, and its old receipt settles nothing", async () => {
  // GIVEN
  const reader = await aReader({ ackDeadlineSeconds: 1 });
  await reader.publish("lost on the way");
  const first = onlyOne(await reader.receive(PATIENCE));
  // WHEN
  const second = onlyOne(await reader.receive(PATIENCE));
  // THEN
  expect(second).toMatchObject({ id: first.id, body: "lost on the way", attempt: 2 });
  expect(second.firstReceivedAt).toBe(first.firstReceivedAt);
  const refused = [{ index: 0, problem: { code: "receipt-expired", status: 410 } }];
  await expect(reader.ack([first])).rejects.toMatchObject({ code: "receipts-refused", refused });
});

it("a message that is to be retried waits for its delay, and for no more", async () => {
  // GIVEN
  const reader = await aReader();
  await reader.publish("once more", "done");
  const [again, done] = await reader.receive(PATIENCE);
  // WHEN
  const settledMs = Date.now();
  const settled = await reader.settle(
    { receipt: again?.receipt ?? "", outcome: "retry", delaySeconds: 2, error: "not yet" },
    { receipt: done?.receipt ?? "", outcome: "ack" },
  );
  // THEN
  expect(settled).toEqual([OK, OK]);
  expect(await reader.state()).toMatchObject({ backlog: 0, retrying: 1 });
  const retried = onlyOne(await reader.receive(PATIENCE));
  expect(retried).toMatchObject({ id: again?.id, attempt: 2 });
  expect(Date.now() - settledMs).toBeGreaterThanOrEqual(2_000);
  await reader.ack([retried]);
});

it("a lease that is extended keeps its message from others, and its receipt good", async () => {
  // GIVEN
  const reader = await aReader({ ackDeadlineSeconds: 2 });
  await reader.publish("takes its time");
  const { receipt } = onlyOne(await reader.receive(PATIENCE));
  // WHEN
  const extended = await reader.settle({ receipt, outcome: "extend", ackDeadlineSeconds: 30 });
  // THEN
  expect(extended).toEqual([OK]);
  expect(await reader.receive({ waitSeconds: 4 })).toEqual([]);
  await reader.ack([{ receipt }]);
});

describe("each receipt is its own", () => {
  const refused = expect.objectContaining({ error: expect.objectContaining({ code: "receipt-expired" }) });

  it("a second, different word on a message is refused, and the first one holds", async () => {
    // GIVEN
    const reader = await aReader();
    await reader.publish("again", "done");
    const [again, done] = await reader.receive(PATIENCE);
    const receipts = { again: again?.receipt ?? "", done: done?.receipt ?? "" };
    // WHEN
    const first = await reader.settle(
      { receipt: receipts.again, outcome: "retry", delaySeconds: 2, error: "not yet" },
      { receipt: receipts.done, outcome: "ack" },
    );
    const second = await reader.settle(
      { receipt: receipts.again, outcome: "ack" },
      { receipt: receipts.done, outcome: "retry" },
    );
    // THEN
    expect(first).toEqual([OK, OK]);
    expect(second).toEqual([refused, refused]);
    const retried = onlyOne(await reader.receive(PATIENCE));
    expect(retried).toMatchObject({ id: again?.id, attempt: 2, lastError: "not yet" });
    await reader.ack([retried]);
    expect(await reader.state()).toMatchObject({ backlog: 0, inFlight: 0, retrying: 0 });
  });

  it("two words on one message in one request are refused", async () => {
    // GIVEN
    const reader = await aReader();
    await reader.publish("undecided");
    const { receipt } = onlyOne(await reader.receive(PATIENCE));
    // WHEN
    const settled = await reader.settle({ receipt, outcome: "ack" }, { receipt, outcome: "retry" });
    // THEN
    const error = expect.objectContaining({ code: "invalid-request" });
    expect(settled).toEqual([{ error }, { error }]);
    expect(await reader.state()).toMatchObject({ inFlight: 1 });
    await reader.ack([{ receipt }]);
  });

  it("an extension holds one message of a batch alone, and one of 0 hands it back", async () => {
    // GIVEN
    const reader = await aReader({ ackDeadlineSeconds: 60 });
    await reader.publish("kept", "given back", "also kept");
    const [kept, back] = await reader.receive(PATIENCE);
    // WHEN
    const settled = await reader.settle(
      { receipt: kept?.receipt ?? "", outcome: "extend", ackDeadlineSeconds: 120 },
      { receipt: back?.receipt ?? "", outcome: "extend", ackDeadlineSeconds: 0 },
    );
    // THEN
    expect(settled).toEqual([OK, OK]);
    expect(onlyOne(await reader.receive(PATIENCE))).toMatchObject({ id: back?.id, body: "given back" });
    expect(await reader.state()).toMatchObject({ backlog: 0, inFlight: 3 });
  });
});
