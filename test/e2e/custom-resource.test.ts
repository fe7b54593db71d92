import { unique } from "../contract/builders.js";
import { type DeployedQueue, type Deployment, deployment } from "./a-deployment.js";
import { doneIn } from "./deliveries.js";
import { eventually } from "./eventually.js";
import { DECLARED } from "./names.js";

jest.setTimeout(180_000);

let deployed: Deployment;
let queue: DeployedQueue;
beforeAll(async () => {
  deployed = await deployment();
  queue = deployed.queue("Main");
});

describe("what the stack declares", () => {
  it("is a topic with its settings", async () => {
    expect(await queue.client.getTopic(DECLARED.topic)).toMatchObject({
      name: DECLARED.topic,
      ordering: "key",
      partitions: 3,
      retentionSeconds: 172_800,
      paused: "none",
      description: "declared in the stack",
    });
  });

  it("is a pull subscription with its settings", async () => {
    expect(await queue.client.getSubscription(DECLARED.topic, DECLARED.pull)).toMatchObject({
      target: { type: "pull" },
      ackDeadlineSeconds: 45,
      paused: false,
    });
  });

  it("is a push subscription to the stack's function with its settings", async () => {
    expect(await queue.client.getSubscription(DECLARED.topic, DECLARED.push)).toMatchObject({
      target: deployed.push("logistics"),
      ackDeadlineSeconds: 30,
      batch: { maxMessages: 5, maxBytes: 65_536 },
      maxConcurrency: 3,
    });
  });

  it("is listed beside what is made over the API", async () => {
    const topic = unique("listed");
    await queue.client.putTopic(topic);
    const listed: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await queue.client.listTopics({ limit: 2, ...(cursor ? { cursor } : {}) });
      listed.push(...page.items.map(({ name }) => name));
      cursor = page.nextCursor;
    } while (cursor);
    expect(listed).toEqual(expect.arrayContaining([topic, DECLARED.topic]));
    expect(new Set(listed).size).toBe(listed.length);
  });

  it("works: a message gets to both subscriptions", async () => {
    // WHEN
    const n = Date.now();
    await queue.client.publish(DECLARED.topic, [{ body: { n }, key: "order-1" }]);
    // THEN
    const options = { waitSeconds: 10 };
    const received = await queue.client.receive(DECLARED.topic, DECLARED.pull, options);
    expect(received.map(({ body }) => body)).toEqual([{ n }]);
    await queue.client.ack(DECLARED.topic, DECLARED.pull, received);
    await eventually(
      "the message at the function",
      () => deployed.deliveries.of(DECLARED.topic, DECLARED.push),
      (deliveries) => doneIn(deliveries).includes(n),
    );
  });
});
