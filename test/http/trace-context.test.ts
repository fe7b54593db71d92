import { type Api, AUDIT, ORDERS, anApiWithTopic } from "./an-api.js";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT = `00-${TRACE}-00f067aa0ba902b7-01`;
const OTHER = `00-${TRACE}-00f067aa0ba902b8-01`;

async function received(api: Api) {
  const { body } = await api.send("POST", `${AUDIT}/receive`, {});
  const { messages } = body as { messages: { traceparent?: string; tracestate?: string }[] };
  return messages.map(({ traceparent, tracestate }) => ({ traceparent, tracestate }));
}

const publish = (api: Api, messages: readonly object[], headers: Record<string, string> = {}) =>
  api.send("POST", `${ORDERS}/messages`, { messages }, headers);

it("GIVEN a trace in a request's headers WHEN messages have none of their own THEN it is theirs", async () => {
  const api = await anApiWithTopic();
  const messages = [{ body: 1 }, { body: 2, traceparent: OTHER }];
  const { status } = await publish(api, messages, { traceparent: PARENT, tracestate: "vendor=1" });
  expect(status).toBe(200);
  expect(await received(api)).toEqual([
    { traceparent: PARENT, tracestate: "vendor=1" },
    { traceparent: OTHER, tracestate: undefined },
  ]);
});

it.each([
  ["in the headers", [{ body: 1 }], { traceparent: "00-bad", tracestate: "=" }],
  ["in the message", [{ body: 1, traceparent: "00-bad", tracestate: "=" }], {}],
] as const)(
  "GIVEN a trace that is not valid, %s WHEN it is published THEN it is left out",
  async (_, messages, headers) => {
    const api = await anApiWithTopic();
    const { status } = await publish(api, messages, headers);
    expect(status).toBe(200);
    expect(await received(api)).toEqual([{ traceparent: undefined, tracestate: undefined }]);
  },
);

it("GIVEN a message whose own trace is not valid WHEN its request has one THEN it has that", async () => {
  const api = await anApiWithTopic();
  await publish(api, [{ body: 1, traceparent: "00-bad" }], { traceparent: PARENT });
  expect(await received(api)).toEqual([{ traceparent: PARENT, tracestate: undefined }]);
});

it("GIVEN a raw message WHEN it comes with a trace THEN it has it", async () => {
  const api = await anApiWithTopic();
  const headers = { Traceparent: PARENT, Tracestate: "vendor=1", "content-type": "application/json" };
  expect((await api.send("POST", `${ORDERS}/messages/raw`, "{}", headers)).status).toBe(200);
  expect(await received(api)).toEqual([{ traceparent: PARENT, tracestate: "vendor=1" }]);
});

it("GIVEN a publish that is sent again within another trace WHEN it has its key THEN it is the same", async () => {
  const api = await anApiWithTopic();
  const key = { "Idempotency-Key": "order-7" };
  const first = await publish(api, [{ body: 1 }], { ...key, traceparent: PARENT });
  const again = await publish(api, [{ body: 1 }], { ...key, traceparent: OTHER });
  expect(again.body).toEqual(first.body);
  const raw = { "content-type": "application/json", "Idempotency-Key": "order-8" };
  const one = await api.send("POST", `${ORDERS}/messages/raw`, "{}", { ...raw, traceparent: PARENT });
  const two = await api.send("POST", `${ORDERS}/messages/raw`, "{}", { ...raw, traceparent: OTHER });
  expect([two.status, two.body]).toEqual([200, one.body]);
  expect(await received(api)).toEqual([
    { traceparent: PARENT, tracestate: undefined },
    { traceparent: PARENT, tracestate: undefined },
  ]);
});

it("GIVEN messages to several topics WHEN their request has a trace THEN it is theirs", async () => {
  const api = await anApiWithTopic();
  const body = { messages: [{ topic: "orders", body: 1 }] };
  expect((await api.send("POST", "/v1/publish", body, { traceparent: PARENT })).status).toBe(200);
  expect(await received(api)).toEqual([{ traceparent: PARENT, tracestate: undefined }]);
});

it("GIVEN a message with a trace WHEN it is read without a subscription, or looked up THEN it shows it", async () => {
  const api = await anApiWithTopic();
  const { body } = await publish(api, [{ body: 1 }], { traceparent: PARENT });
  const [{ id }] = (body as { messages: [{ id: string }] }).messages;
  const found = await api.send("GET", `/v1/messages/${id}`);
  const read = await api.send("GET", `${ORDERS}/messages`);
  expect(found.body).toMatchObject({ id, traceparent: PARENT });
  expect(read.body).toMatchObject({ items: [{ id, traceparent: PARENT }] });
});
