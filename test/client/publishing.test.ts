import { SluiceClient, type SluiceClientOptions } from "../../lib/client/index.js";
import { createApp } from "../../lib/http/app.js";
import { fetchOf } from "../../lib/http/fetch.js";
import { anApi } from "../http/an-api.js";

/** A client whose first answers to each publish are lost, and the keys that it sent. */
async function aClient(options: Partial<SluiceClientOptions> = {}, lost = 1) {
  const app = fetchOf(createApp(anApi().engine));
  const keys: (string | null)[] = [];
  const fetch = async (request: Request): Promise<Response> => {
    const isPublish = request.method === "POST" && /\/(messages|publish)$/.test(request.url);
    if (isPublish) keys.push(request.headers.get("idempotency-key"));
    const response = await app(request);
    if (isPublish && keys.length % (lost + 1) !== 0) throw new TypeError("the answer was lost");
    return response;
  };
  const sleep = async (): Promise<void> => await Promise.resolve();
  const client = new SluiceClient({
    apiUrl: "https://queue.example/",
    auth: "none",
    fetch,
    sleep,
    ...options,
  });
  await client.putTopic("orders");
  await client.putSubscription("orders", "audit");
  const stored = async () =>
    (await client.receive("orders", "audit", { maxMessages: 100 })).map(({ body }) => body);
  return { client, keys, stored };
}

it("GIVEN lost answers WHEN each publish has a key of its own THEN nothing is stored twice", async () => {
  const { client, keys, stored } = await aClient({ publishOnce: true });
  await client.publish("orders", [{ body: 1 }, { body: 2 }]);
  await client.publish("orders", [{ body: 1 }, { body: 2 }]);
  expect(await stored()).toEqual([1, 2, 1, 2]);
  expect(keys[0]).toBe(keys[1]);
  expect(new Set(keys).size).toBe(2);
});

it("GIVEN lost answers WHEN it makes no keys THEN a publish may be stored twice", async () => {
  const { client, keys, stored } = await aClient();
  await client.publish("orders", [{ body: 1 }]);
  expect(keys).toEqual([null, null]);
  expect(await stored()).toEqual([1, 1]);
});

it("GIVEN a key WHEN a publish is sent again, also by another call THEN it is answered as before", async () => {
  const { client, stored } = await aClient({}, 0);
  const send = () => client.publishEach("orders", [{ body: 1 }], { idempotencyKey: "import-1" });
  expect(await send()).toEqual(await send());
  await expect(client.publish("orders", [{ body: 2 }], { idempotencyKey: "import-1" })).rejects.toMatchObject(
    {
      code: "idempotency-key-reused",
      status: 422,
    },
  );
  expect(await stored()).toEqual([1]);
});

it.each(["", "two words", "ü", "k".repeat(129), 7])("GIVEN the key %j THEN nothing is sent", async (key) => {
  const { client, keys } = await aClient();
  const sending = client.publish("orders", [{ body: 1 }], { idempotencyKey: key as string });
  await expect(sending).rejects.toMatchObject({ code: "wrong-usage" });
  expect(keys).toEqual([]);
});

it("GIVEN a publishOnce that is no yes or no THEN that is told", async () => {
  await expect(aClient({ publishOnce: "yes" as unknown as boolean })).rejects.toMatchObject({
    code: "wrong-usage",
  });
});

it("GIVEN several topics WHEN a publish is all or nothing THEN a lost answer does no harm with a key", async () => {
  const { client, stored } = await aClient({ publishOnce: true });
  await client.putTopic("audit");
  const { messages } = await client.publishToTopics(
    [
      { topic: "orders", body: 1 },
      { topic: "audit", body: 2 },
    ],
    { atomic: true },
  );
  expect(messages.map(({ id }) => id.split(".")[0])).toEqual(["orders", "audit"]);
  expect(await stored()).toEqual([1]);
});

it("GIVEN a topic that is not there WHEN others go with it THEN that is told for each, or all", async () => {
  const { client, stored } = await aClient({}, 0);
  const messages = [
    { topic: "orders", body: 1 },
    { topic: "none", body: 2 },
  ];
  await expect(client.publishToTopics(messages, { atomic: true })).rejects.toMatchObject({
    code: "topic-not-found",
  });
  expect(await stored()).toEqual([]);
  await expect(client.publishToTopics(messages)).rejects.toMatchObject({
    code: "messages-refused",
    stored: [{ index: 0 }],
    refused: [{ index: 1 }],
  });
  const [, refused] = await client.publishToTopicsEach(messages);
  expect(refused).toMatchObject({ error: { code: "topic-not-found" } });
});

it("GIVEN one topic WHEN a publish to it is all or nothing THEN a wrong message keeps the others out", async () => {
  const { client, stored } = await aClient({}, 0);
  const publish = client.publish("orders", [{ body: 1 }, { body: 2, tag: "two words" }], { atomic: true });
  await expect(publish).rejects.toMatchObject({ code: "invalid-request" });
  await client.publish("orders", [{ body: 3 }, { body: 4 }], { atomic: true });
  expect(await stored()).toEqual([3, 4]);
});

it("GIVEN a trace WHEN it publishes THEN the messages belong to it, also if it is sent again", async () => {
  let nth = 0;
  const parent = (span: number) => `00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba9${1000 + span}-01`;
  const traceContext = () => ({ traceparent: parent(++nth), tracestate: "vendor=1" });
  const { client } = await aClient({ traceContext }, 0);
  const send = () => client.publish("orders", [{ body: 1 }], { idempotencyKey: "import-1" });
  expect(await send()).toEqual(await send());
  const messages = await client.receive("orders", "audit", { maxMessages: 10 });
  expect(messages.map(({ traceparent, tracestate }) => [traceparent, tracestate])).toEqual([
    [parent(1), "vendor=1"],
  ]);
});

it.each([[undefined], [{}], [{ traceparent: "two\nlines" }], [{ traceparent: 7 as unknown as string }]])(
  "GIVEN a trace of %j WHEN it publishes THEN the message is stored without one",
  async (given) => {
    const { client } = await aClient({ traceContext: () => given }, 0);
    await client.publish("orders", [{ body: 1 }]);
    const [message] = await client.receive("orders", "audit");
    expect(message).toMatchObject({ body: 1 });
    expect(message).not.toHaveProperty("traceparent");
  },
);

it("GIVEN something that is no function WHEN a client is made THEN traceContext is named", async () => {
  const traceContext = "00-1-2-01" as unknown as () => undefined;
  await expect(aClient({ traceContext })).rejects.toThrow('the option "traceContext" is not a function');
});
