import { unique } from "../contract/builders.js";
import { type DeployedQueue, type Deployment, deployment } from "./a-deployment.js";

jest.setTimeout(180_000);

interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly requestId?: string;
  readonly errors?: readonly { readonly path: string; readonly detail: string }[];
}

interface PublishAnswer {
  readonly messages: readonly { readonly id?: string; readonly error?: Problem }[];
  readonly failed?: number;
}

let deployed: Deployment;
let queue: DeployedQueue;
let topic: string;
beforeAll(async () => {
  deployed = await deployment();
  queue = deployed.queue("Main");
  topic = unique("bad");
  await queue.client.putTopic(topic, { ordering: "key" });
  for (const reader of ["reader", "other"]) await queue.client.putSubscription(topic, reader);
  await queue.client.putSubscription(topic, "pushed", { target: deployed.push("cart") });
});

const TOPIC = "/v1/topics/{topic}";
const MESSAGES = `${TOPIC}/messages`;
const READER = `${TOPIC}/subscriptions/reader`;
const FRESH = `${TOPIC}/subscriptions/fresh`;

async function send(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const text = typeof body === "string" || body instanceof Uint8Array ? body : JSON.stringify(body);
  const response = await fetch(`${queue.apiUrl}${path.replace("{topic}", topic)}`, {
    method,
    headers: { "content-type": "application/json", ...headers },
    ...(text === undefined ? {} : { body: Buffer.from(text) }),
  });
  const answer = await response.json();
  return { status: response.status, type: response.headers.get("content-type"), answer };
}

function expectProblem(answer: unknown, status: number, code: string, path?: string): void {
  const problem = answer as Problem;
  expect(problem).toMatchObject({ status, code, type: `urn:sluice:problem:${code}` });
  expect(problem.detail).not.toBe("");
  if (path !== undefined) expect(problem.errors?.map((error) => error.path)).toContain(path);
}

type Row = readonly [
  what: string,
  request: readonly [method: string, path: string, body?: unknown, headers?: Record<string, string>],
  problem: readonly [status: number, code: string, path?: string],
];
const message = (more: object = {}) => ({ body: 1, key: "k", ...more });
const invalid = (path: string) => [400, "invalid-request", path] as const;
const raw = { "content-type": "text/plain" };

const ROWS: readonly Row[] = [
  ["no JSON", ["PUT", TOPIC, "{"], invalid("")],
  ["no object", ["PUT", TOPIC, "[]"], invalid("")],
  ["no UTF-8", ["POST", MESSAGES, new Uint8Array([0x22, 0xff, 0x22])], invalid("")],
  ["a number out of range", ["PUT", TOPIC, { partitions: 257 }], invalid("partitions")],
  ["a number as text", ["PATCH", TOPIC, { retentionSeconds: "7200" }], invalid("retentionSeconds")],
  ["an unknown field", ["PUT", TOPIC, { colour: "red" }], invalid("colour")],
  ["an unknown value", ["PUT", TOPIC, { paused: "sometimes" }], invalid("paused")],
  ["a name that is none", ["PUT", "/v1/topics/or,ders", {}], invalid("path.topic")],
  ["a path with an escape", ["PUT", "/v1/topics/or%20ders", {}], invalid("path")],
  ["a name that is too long", ["PUT", `/v1/topics/${"a".repeat(81)}`, {}], invalid("path.topic")],
  ["a query that is none", ["GET", "/v1/topics?limit=0"], invalid("query.limit")],
  ["a setting that is fixed", ["PATCH", TOPIC, { ordering: "none" }], [409, "setting-fixed", "ordering"]],
  ["a topic that is not there", ["GET", "/v1/topics/nowhere"], [404, "topic-not-found"]],
  ["a topic with subscriptions, to be deleted", ["DELETE", TOPIC], [409, "topic-has-subscriptions"]],

  ["an unknown target", ["PUT", FRESH, { target: { type: "sqs" } }], invalid("target.type")],
  ["a deadline of 0", ["PUT", FRESH, { ackDeadlineSeconds: 0 }], invalid("ackDeadlineSeconds")],
  [
    "a batching window of a pull subscription",
    ["PUT", FRESH, { batch: { windowSeconds: 5 } }],
    invalid("batch.windowSeconds"),
  ],
  ["a subscription that is not there", ["GET", FRESH], [404, "subscription-not-found"]],
  [
    "a subscription to a topic that is not there",
    ["PUT", "/v1/topics/nowhere/subscriptions/reader", {}],
    [404, "topic-not-found"],
  ],

  ["no messages", ["POST", MESSAGES, { messages: [] }], invalid("messages")],
  ["1001 messages", ["POST", MESSAGES, { messages: Array(1_001).fill(message()) }], invalid("messages")],
  [
    "an unknown field beside messages",
    ["POST", MESSAGES, { messages: [message()], now: true }],
    invalid("now"),
  ],
  [
    "a publish to nowhere",
    ["POST", "/v1/topics/nowhere/messages", { messages: [message()] }],
    [404, "topic-not-found"],
  ],
  [
    "a request that is too large",
    ["POST", MESSAGES, { messages: [message({ body: "x".repeat(5_600_000) })] }],
    [413, "request-too-large"],
  ],
  [
    "a raw message that is too large",
    ["POST", `${MESSAGES}/raw`, "x".repeat(4_194_305), { ...raw, "Sluice-Key": "k" }],
    [413, "message-too-large"],
  ],
  [
    "a raw message without the key that is required",
    ["POST", `${MESSAGES}/raw`, "x", raw],
    invalid("headers.Sluice-Key"),
  ],
  [
    "a raw message with an unknown header",
    ["POST", `${MESSAGES}/raw`, "x", { ...raw, "Sluice-Key": "k", "Sluice-Colour": "red" }],
    invalid("headers.Sluice-Colour"),
  ],
  ["raw JSON that is none", ["POST", `${MESSAGES}/raw`, "{", { "Sluice-Key": "k" }], invalid("body")],

  [
    "too many messages asked for",
    ["POST", `${READER}/receive`, { maxMessages: 1_001 }],
    invalid("maxMessages"),
  ],
  ["too long a wait", ["POST", `${READER}/receive`, { waitSeconds: 21 }], invalid("waitSeconds")],
  ["messages asked of nobody", ["POST", `${FRESH}/receive`, {}], [404, "subscription-not-found"]],
  [
    "messages asked of a push subscription",
    ["POST", `${TOPIC}/subscriptions/pushed/receive`, {}],
    [409, "not-a-pull-subscription"],
  ],
  ["nothing to settle", ["POST", `${READER}/settle`, { results: [] }], invalid("results")],
  [
    "an unknown outcome",
    ["POST", `${READER}/settle`, { results: [{ receipt: "r", outcome: "nack" }] }],
    invalid("results[0].outcome"),
  ],
  [
    "an extension without its end",
    ["POST", `${READER}/settle`, { results: [{ receipt: "r", outcome: "extend" }] }],
    invalid("results[0].ackDeadlineSeconds"),
  ],

  ["a path that leads nowhere", ["GET", "/v1/colours"], [404, "route-not-found"]],
  ["a method that is not known there", ["DELETE", MESSAGES], [405, "method-not-allowed"]],
];

it.each(ROWS)("refuses %s", async (_, request, problem) => {
  const { status, type, answer } = await send(...request);
  expect(status).toBe(problem[0]);
  expect(type).toBe("application/problem+json");
  expectProblem(answer, ...problem);
  expect((answer as Problem).requestId).toMatch(/\S/);
});

it("refuses the wrong ones of a batch, each with its place, and stores the others", async () => {
  // WHEN
  const { status, answer } = await send("POST", MESSAGES, {
    messages: [
      message(),
      { body: 1 },
      message({ key: "k".repeat(129) }),
      message({ colour: "red" }),
      message({ attributes: { region: null } }),
      message({ expiresInSeconds: 0 }),
      { key: "k" },
      message({ bodyBase64: "AA==" }),
      message({ delaySeconds: 99_999_999 }),
      "text",
      message({ body: "the last" }),
    ],
  });
  // THEN
  const { messages, failed } = answer as PublishAnswer;
  expect(status).toBe(200);
  expect(failed).toBe(9);
  const paths = messages.map(({ error }) => error?.errors?.map(({ path }) => path));
  expect(paths).toEqual([
    undefined,
    ["messages[1].key"],
    ["messages[2].key"],
    ["messages[3].colour"],
    ["messages[4].attributes.region"],
    ["messages[5].expiresInSeconds"],
    ["messages[6].body"],
    ["messages[7].bodyBase64"],
    ["messages[8].delaySeconds"],
    ["messages[9]"],
    undefined,
  ]);
  for (const { error } of messages) if (error) expectProblem(error, 400, "invalid-request");
  const received = await queue.client.receive(topic, "other", { waitSeconds: 10 });
  expect(received.map(({ body }) => body)).toEqual([1, "the last"]);
});

it("refuses a message that is too large in a batch, and stores its neighbour", async () => {
  // WHEN
  const large = message({ body: "x".repeat(4_194_305) });
  const { status, answer } = await send("POST", MESSAGES, { messages: [large, message()] });
  // THEN
  const { messages, failed } = answer as PublishAnswer;
  expect([status, failed]).toEqual([200, 1]);
  expectProblem(messages[0]?.error, 413, "message-too-large");
  expect(messages[1]?.id).toMatch(topic);
});

describe("a receipt", () => {
  const ack = async (subscription: string, receipt: string) => {
    const results = [{ receipt, outcome: "ack" }];
    const { status, answer } = await send("POST", `${TOPIC}/subscriptions/${subscription}/settle`, {
      results,
    });
    expect(status).toBe(200);
    return (answer as { results: readonly { status?: string; error?: Problem }[] }).results[0];
  };

  it.each([
    ["a word", "x"],
    ["half of one", "MXxhfGJ8Yw"],
    ["no ASCII", "ü"],
    ["as long as may be", "a".repeat(2_048)],
  ])("that is none is refused: %s", async (_, text) => {
    expectProblem((await ack("reader", text))?.error, 400, "receipt-invalid");
  });

  it("of another subscription is refused, and good where it belongs, once", async () => {
    // GIVEN
    await queue.client.putSubscription(topic, "owner");
    await queue.client.publish(topic, [{ body: 1, key: "k" }]);
    const [received] = await queue.client.receive(topic, "owner", { waitSeconds: 10 });
    const receipt = received?.receipt ?? "";
    // WHEN
    expectProblem((await ack("reader", receipt))?.error, 400, "receipt-invalid");
    // THEN
    expect(await ack("owner", receipt)).toEqual({ status: "ok" });
    expectProblem((await ack("owner", receipt))?.error, 410, "receipt-expired");
  });
});
