import { randomBytes } from "node:crypto";
import { ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { TEST_CREDENTIALS, TEST_REGION } from "../adapters/endpoint.js";
import { unique } from "../contract/builders.js";
import type { ReceivedMessage } from "../../lib/client/index.js";
import { type DeployedQueue, type Deployment, deployment } from "./a-deployment.js";
import { eventually } from "./eventually.js";
import { recordedBody } from "./functions/recording.js";

jest.setTimeout(180_000);

const SUBSCRIPTION = "reader";
const PATIENCE = { waitSeconds: 15 } as const;
/** A tenth of a MB that no compression makes small enough to lie in a slot. */
const BYTES = randomBytes(100_000);

const JSON_TYPE = { "content-type": "application/json" };

let deployed: Deployment;
let queue: DeployedQueue;
let s3: S3Client;
let topic: string;
beforeAll(async () => {
  deployed = await deployment();
  queue = deployed.queue("Main");
  const { endpointUrl: endpoint } = deployed;
  s3 = new S3Client({ endpoint, region: TEST_REGION, credentials: TEST_CREDENTIALS, forcePathStyle: true });
});
beforeEach(async () => {
  topic = unique("bodies");
  await queue.client.putTopic(topic);
  await queue.client.putSubscription(topic, SUBSCRIPTION);
});

const receiveOne = async () => (await queue.client.receive(topic, SUBSCRIPTION, PATIENCE))[0];

/** Sends bytes as they are; the answer's status. */
const publishRaw = async (body: Uint8Array | string, headers: Record<string, string>): Promise<number> => {
  const url = `${queue.apiUrl}/v1/topics/${topic}/messages/raw`;
  return (await fetch(url, { method: "POST", body: Buffer.from(body), headers })).status;
};

/** The segments of the topic: each lies under its class, topic and the topic's uid. */
async function segments(): Promise<readonly string[]> {
  const { Contents = [] } = await s3.send(
    new ListObjectsV2Command({ Bucket: queue.bucket, Prefix: "segments/" }),
  );
  return Contents.flatMap(({ Key }) => (Key?.includes(`/${topic}/`) ? [Key] : []));
}

it("a small body lies in its slot, and nothing in S3", async () => {
  await queue.client.publish(topic, [{ body: "x".repeat(9_000) }]);
  expect((await receiveOne())?.body).toBe("x".repeat(9_000));
  expect(await segments()).toEqual([]);
});

it("a large JSON body comes back from S3 as it was", async () => {
  // GIVEN
  const body = { text: BYTES.toString("base64"), more: { "ü€😀": [1, 2.5, null, true] } };
  // WHEN
  await queue.client.publish(topic, [{ body }]);
  // THEN
  expect(await receiveOne()).toMatchObject({ body, contentType: "application/json" });
  expect(await segments()).toHaveLength(1);
});

it("bytes come back byte for byte", async () => {
  // WHEN
  const bodyBase64 = BYTES.toString("base64");
  await queue.client.publish(topic, [{ bodyBase64, contentType: "image/png" }]);
  // THEN
  expect(await receiveOne()).toMatchObject({ bodyBase64, contentType: "image/png" });
  expect(await segments()).toHaveLength(1);
});

it.each(["application/octet-stream", "image/png"])(
  "raw bytes of %s come back byte for byte",
  async (type) => {
    // WHEN
    const status = await publishRaw(BYTES, { "content-type": type });
    // THEN
    expect(status).toBe(200);
    const received = await receiveOne();
    expect(received?.contentType).toBe(type);
    expect(Buffer.from(received?.bodyBase64 ?? "", "base64").equals(BYTES)).toBe(true);
  },
);

it("every byte value in a small raw body comes back", async () => {
  const all = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  expect(await publishRaw(all, { "content-type": "application/octet-stream" })).toBe(200);
  expect([...Buffer.from((await receiveOne())?.bodyBase64 ?? "", "base64")]).toEqual([...all]);
});

it("raw text and JSON keep their type, and headers say what else a message has", async () => {
  // WHEN
  const headers = {
    "content-type": "text/plain; charset=utf-8",
    "Sluice-Key": "order-7",
    "Sluice-Tag": "created",
    "Sluice-Attribute-Region": "eu",
  };
  const statuses = [
    await publishRaw("grüß dich 😀", headers),
    await publishRaw('{"big":12345678901234567890}', { "content-type": "application/json" }),
  ];
  // THEN
  expect(statuses).toEqual([200, 200]);
  const [text, json] = await queue.client.receive(topic, SUBSCRIPTION, PATIENCE);
  expect(text).toMatchObject({
    body: "grüß dich 😀",
    contentType: "text/plain; charset=utf-8",
    key: "order-7",
    tag: "created",
    attributes: { region: "eu" },
  });
  expect(json?.contentType).toBe("application/json");
});

/** What a double would change, and what a parser would forget. */
const WRITTEN =
  '{ "big": 12345678901234567890,\t"exact":9007199254740993, "one":1.0, "price" : 10.10, "e":1E+2 }';

it("JSON comes back byte for byte as its publisher wrote it, pulled and pushed", async () => {
  // GIVEN
  await queue.client.putSubscription(topic, "pushed", { target: deployed.push("points") });
  // WHEN
  const messages = { path: "messages", text: `{"messages":[{"body":${WRITTEN}}, {"body": 1.0}]}` };
  const raw = { path: "messages/raw", text: WRITTEN };
  for (const { path, text } of [messages, raw]) {
    const url = `${queue.apiUrl}/v1/topics/${topic}/${path}`;
    const { status } = await fetch(url, { method: "POST", body: text, headers: JSON_TYPE });
    expect(status).toBe(200);
  }
  // THEN
  const expected = [WRITTEN, "1.0", WRITTEN];
  const received = await queue.client.receive(topic, SUBSCRIPTION, PATIENCE);
  expect(received.map(({ bodyText }) => bodyText)).toEqual(expected);
  const pushed = await eventually(
    "three messages at the function",
    async () => (await deployed.deliveries.of(topic, "pushed")).flatMap(({ records }) => records),
    (records) => records.length >= expected.length,
  );
  expect(pushed.map(({ body }) => body).sort()).toEqual([...expected].sort());
});

describe("bodies full of quotes, which JSON makes larger at each turn", () => {
  it("are received in as many answers as Lambda lets through, and drain", async () => {
    // GIVEN
    const count = 10;
    const body = '"'.repeat(450_000);
    for (let n = 0; n < count; n += 5) await queue.client.publish(topic, Array(5).fill({ body }));
    // WHEN
    const sizes: number[] = [];
    const receipts: string[] = [];
    while (receipts.length < count) {
      const url = `${queue.apiUrl}/v1/topics/${topic}/subscriptions/${SUBSCRIPTION}/receive`;
      const request = JSON.stringify({ maxMessages: 1_000, ...PATIENCE });
      const answer = await (await fetch(url, { method: "POST", body: request, headers: JSON_TYPE })).text();
      const { messages } = JSON.parse(decoded(answer)) as { messages: readonly ReceivedMessage[] };
      if (messages.length === 0) break;
      sizes.push(sizeFromLambda(decoded(answer)));
      expect(messages.every((message) => message.body === body)).toBe(true);
      receipts.push(...messages.map(({ receipt }) => receipt));
    }
    // THEN
    expect(new Set(receipts).size).toBe(count);
    expect(Math.max(...sizes)).toBeLessThan(6 * 1024 * 1024);
    expect(Math.max(...sizes)).toBeGreaterThan(3 * 1024 * 1024);
    await queue.client.ack(
      topic,
      SUBSCRIPTION,
      receipts.map((receipt) => ({ receipt })),
    );
    const { state } = await queue.client.getSubscription(topic, SUBSCRIPTION);
    expect(state).toMatchObject({ backlog: 0, inFlight: 0 });
  });

  it("arrive at a function as base64, where they are too large for its event as text", async () => {
    // GIVEN
    await queue.client.putSubscription(topic, "pushed", { target: deployed.push("points") });
    const largest = '"'.repeat(4 * 1024 * 1024);
    // WHEN
    expect(await publishRaw(largest, { "content-type": "text/plain" })).toBe(200);
    // THEN
    const [record] = await eventually(
      "the message at the function",
      async () => (await deployed.deliveries.of(topic, "pushed")).flatMap(({ records }) => records),
      (records) => records.length > 0,
    );
    expect(record?.messageAttributes["Sluice-Body-Encoding"]?.stringValue).toBe("base64");
    expect(record?.body).toBe(recordedBody(Buffer.from(largest).toString("base64")));
    expect(record?.attributes.ApproximateReceiveCount).toBe("1");
  });
});

/** An answer in base64, which a gateway turns back: LocalStack's REST API does not where all media types are binary. */
const decoded = (answer: string): string =>
  answer.startsWith("{") ? answer : Buffer.from(answer, "base64").toString("utf8");

/** What a function sends of an answer: text as JSON, or base64 where that is less. */
const sizeFromLambda = (answer: string): number =>
  Math.min(Buffer.byteLength(JSON.stringify(answer)), Math.ceil((Buffer.byteLength(answer) * 4) / 3));

it("a batch of bodies of 2 MB in all comes back in full, in as many answers as it takes", async () => {
  // GIVEN
  const bodies = Array.from({ length: 40 }, () => randomBytes(40_000).toString("base64"));
  // WHEN
  await queue.client.publish(
    topic,
    bodies.map((body) => ({ body })),
  );
  // THEN
  const received: unknown[] = [];
  while (received.length < bodies.length) {
    const messages = await queue.client.receive(topic, SUBSCRIPTION, { ...PATIENCE, maxMessages: 100 });
    if (messages.length === 0) break;
    received.push(...messages.map(({ body }) => body));
  }
  expect(received).toEqual(bodies);
});
