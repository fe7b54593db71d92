import { type Api, AUDIT, ORDERS, anApiWithTopic } from "./an-api.js";

interface Result {
  readonly id?: string;
  readonly error?: { readonly code: string; readonly errors?: readonly { readonly path: string }[] };
}
interface Answer {
  readonly messages: readonly Result[];
  readonly failed?: number;
}

const PUBLISH = "/v1/publish";

async function withTwo(): Promise<Api> {
  const api = await anApiWithTopic();
  await api.send("PUT", "/v1/topics/carts", {});
  await api.send("PUT", "/v1/topics/carts/subscriptions/audit", {});
  return api;
}

const bodiesIn = async (api: Api, subscription = AUDIT): Promise<readonly unknown[]> => {
  const { body } = await api.send("POST", `${subscription}/receive`, { maxMessages: 1_000 });
  return (body as { messages: readonly { body: unknown }[] }).messages.map((message) => message.body);
};
const CARTS = "/v1/topics/carts/subscriptions/audit";

it("GIVEN several topics WHEN some messages are wrong THEN each has its answer, and the rest is stored", async () => {
  const api = await withTwo();
  const { status, body } = await api.send("POST", PUBLISH, {
    messages: [
      { topic: "orders", body: 1 },
      { topic: "none", body: 2 },
      { topic: "carts", body: 3, tag: "two words" },
      { body: 4 },
      "no message",
      { topic: "carts", body: 5 },
    ],
  });
  const { messages, failed } = body as Answer;
  expect([status, failed]).toEqual([200, 4]);
  expect(messages.map(({ error }) => error?.code)).toEqual([
    ...[undefined, "topic-not-found", "invalid-request", "invalid-request", "invalid-request", undefined],
  ]);
  expect(messages.map(({ error }) => error?.errors?.[0]?.path)).toEqual([
    ...[undefined, undefined, "messages[2].tag", "messages[3].topic", "messages[4]", undefined],
  ]);
  expect([await bodiesIn(api), await bodiesIn(api, CARTS)]).toEqual([[1], [5]]);
});

it.each([
  [PUBLISH, { topic: "orders", body: 1 }, { topic: "orders", body: 2, tag: "two words" }],
  [`${ORDERS}/messages`, { body: 1 }, { body: 2, tag: "two words" }],
])(
  "GIVEN %s all or nothing WHEN a message is wrong THEN the request is, and says where",
  async (path, good, bad) => {
    const api = await withTwo();
    const large = { ...good, body: "x".repeat(4 * 1024 * 1024 + 1) };
    const answer = await api.send("POST", path, { atomic: true, messages: [good, bad, large] });
    expect(answer.status).toBe(400);
    const { code, errors } = answer.body as Required<Result>["error"];
    expect(code).toBe("invalid-request");
    expect(errors?.map((error) => error.path)).toEqual(["messages[1].tag", "messages[2]"]);
    expect(await bodiesIn(api)).toEqual([]);
    const stored = await api.send("POST", path, { atomic: true, messages: [good, { ...good, body: 2 }] });
    expect([stored.status, (stored.body as Answer).messages.length]).toEqual([200, 2]);
    expect(await bodiesIn(api)).toEqual([1, 2]);
  },
);

it("GIVEN all or nothing WHEN a topic is missing, or it does not fit THEN all are refused", async () => {
  const api = await withTwo();
  const send = async (messages: readonly unknown[]) => {
    const { status, body } = await api.send("POST", PUBLISH, { atomic: true, messages });
    return [status, (body as { code: string }).code];
  };
  const orders = { topic: "orders", body: 1 };
  expect(await send([orders, { topic: "none", body: 2 }])).toEqual([404, "topic-not-found"]);
  const ids = Array.from({ length: 99 }, (_, at) => ({ ...orders, dedupId: `${at}` }));
  expect(await send(ids)).toEqual([413, "atomic-too-large"]);
  expect(await bodiesIn(api)).toEqual([]);
});

it("GIVEN a key WHEN the same request comes again THEN it is answered as before, all or nothing or not", async () => {
  const api = await withTwo();
  for (const atomic of [true, false]) {
    const request = {
      atomic,
      messages: [
        { topic: "orders", body: atomic },
        { topic: "carts", body: atomic },
      ],
    };
    const send = (body: unknown = request) =>
      api.send("POST", PUBLISH, body, { "idempotency-key": `key-${atomic}` });
    const first = await send();
    expect((await send()).body).toEqual(first.body);
    const other = await send({ ...request, messages: request.messages.slice(1) });
    expect([other.status, (other.body as { code: string }).code]).toEqual([422, "idempotency-key-reused"]);
  }
  expect([await bodiesIn(api), await bodiesIn(api, CARTS)]).toEqual([
    [true, false],
    [true, false],
  ]);
});

it("GIVEN more topics than a request takes WHEN it is sent THEN it is refused with how many it takes", async () => {
  const api = await withTwo();
  const messages = Array.from({ length: 101 }, (_, at) => ({ topic: `t${at}`, body: at }));
  const { status, body } = await api.send("POST", PUBLISH, { messages });
  expect(status).toBe(400);
  expect(JSON.stringify(body)).toContain("name 101 topics: one request takes up to 100");
});
