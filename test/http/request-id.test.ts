import { AUDIT, ORDERS, anApiWithTopic } from "./an-api.js";

const REQUEST_ID = "Sluice-Request-Id";
const DAY = 86_400_000;

type Answer = { readonly messages: readonly { readonly id: string; readonly receipt?: string }[] };

it.each([
  ["in a batch", `${ORDERS}/messages`, { messages: [{ body: 1 }, { body: 2 }] }],
  ["all or nothing", `${ORDERS}/messages`, { messages: [{ body: 1 }, { body: 2 }], atomic: true }],
  ["raw", `${ORDERS}/messages/raw`, "1"],
  ["to several topics", "/v1/publish", { messages: [{ topic: "orders", body: 1 }] }],
  ["delayed", `${ORDERS}/messages`, { messages: [{ body: 1, delaySeconds: 60 }] }],
] as const)(
  "GIVEN a publish, %s WHEN its messages are looked up and traced THEN they name it",
  async (_, path, body) => {
    const api = await anApiWithTopic();
    const published = await api.send("POST", path, body);
    const requestId = published.headers.get(REQUEST_ID);
    expect(requestId).toMatch(/^[\w-]{22}$/);
    const { messages = [published.body] } = published.body as Partial<Answer>;
    for (const { id } of messages) {
      const found = await api.send("GET", `/v1/messages/${id}`);
      expect(found.body).toMatchObject({ id, requestId });
      expect(found.headers.get(REQUEST_ID)).not.toBe(requestId);
      const traced = await api.send("GET", `/v1/messages/${id}/trace`);
      expect(traced.body).toMatchObject({ message: { id, requestId } });
    }
  },
);

it("GIVEN two publishes that share a slot WHEN they are traced THEN each names its own", async () => {
  const api = await anApiWithTopic({}, { partitions: 1 });
  const publishes = await Promise.all(
    [1, 2, 3, 4].map((body) => api.send("POST", `${ORDERS}/messages`, { messages: [{ body }] })),
  );
  for (const { body, headers } of publishes) {
    const { messages } = body as Answer;
    const traced = await api.send("GET", `/v1/messages/${messages[0]?.id}/trace`);
    expect(traced.body).toMatchObject({ message: { requestId: headers.get(REQUEST_ID) } });
  }
});

it("GIVEN a request that is sent again WHEN its message is traced THEN it names the one that stored it", async () => {
  const api = await anApiWithTopic();
  const send = () =>
    api.send("POST", `${ORDERS}/messages`, { messages: [{ body: 1 }] }, { "Idempotency-Key": "once" });
  const [first, again] = [await send(), await send()];
  const { messages } = again.body as Answer;
  expect(first.body).toEqual(again.body);
  const traced = await api.send("GET", `/v1/messages/${messages[0]?.id}/trace`);
  expect(traced.body).toMatchObject({ message: { requestId: first.headers.get(REQUEST_ID) } });
});

it("GIVEN a dead letter past its topic's retention WHEN it is looked up THEN it names its publish", async () => {
  const api = await anApiWithTopic({}, { retentionSeconds: 3_600 });
  const published = await api.send("POST", `${ORDERS}/messages`, { messages: [{ body: 1 }] });
  const received = (await api.send("POST", `${AUDIT}/receive`, {})).body as Answer;
  const [message] = received.messages;
  expect(message).not.toHaveProperty("requestId");
  await api.send("POST", `${AUDIT}/settle`, { results: [{ receipt: message?.receipt, outcome: "reject" }] });
  await api.clock.advance(DAY);
  const found = await api.send("GET", `/v1/messages/${message?.id}`);
  expect(found.body).toMatchObject({ state: "dead-letter", requestId: published.headers.get(REQUEST_ID) });
});

it("GIVEN a run that was asked for WHEN it is looked up THEN it names the request", async () => {
  const api = await anApiWithTopic();
  const schedule = { cron: "*/5 * * * *", timeZone: "UTC", message: { body: 1 } };
  expect((await api.send("PUT", `${ORDERS}/schedules/tick`, schedule)).status).toBe(201);
  const ran = await api.send("POST", `${ORDERS}/schedules/tick/run`, {});
  const { id } = ran.body as { id: string };
  const found = await api.send("GET", `/v1/messages/${id}`);
  expect(found.body).toMatchObject({ requestId: ran.headers.get(REQUEST_ID) });
});
