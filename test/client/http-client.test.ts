import {
  JsonText,
  type SettlementInput,
  SluiceClient,
  SluiceMessagesRefused,
  SluiceReceiptsRefused,
} from "../../lib/client/index.js";
import { createApp } from "../../lib/http/app.js";
import { fetchOf } from "../../lib/http/fetch.js";
import { type Api, anApi } from "../http/an-api.js";

/** A client of the API in this process. */
function aClient(api: Api = anApi()): SluiceClient {
  const app = fetchOf(createApp(api.engine));
  return new SluiceClient({
    apiUrl: "https://queue.example/",
    auth: "none",
    fetch: app,
  });
}

async function withOrders(): Promise<SluiceClient> {
  const client = aClient();
  await client.putTopic("orders");
  await client.putSubscription("orders", "audit");
  return client;
}

it("publishes, receives and settles", async () => {
  const client = await withOrders();
  const { messages } = await client.publish("orders", [
    { body: { orderId: 7 }, attributes: { region: "eu" } },
  ]);
  const [message] = await client.receive("orders", "audit", { maxMessages: 1, ackDeadlineSeconds: 5 });
  expect(message).toMatchObject({ ...messages[0], body: { orderId: 7 }, attributes: { region: "eu" } });
  const settlements: SettlementInput[] = [
    { receipt: message?.receipt ?? "", outcome: "extend", ackDeadlineSeconds: 60 },
    { receipt: "none", outcome: "retry", delaySeconds: 1 },
  ];
  expect(await client.settle("orders", "audit", settlements)).toMatchObject([
    { status: "ok" },
    { error: { code: "receipt-invalid" } },
  ]);
  await client.ack("orders", "audit", message ? [message] : []);
  expect(await client.receive("orders", "audit")).toEqual([]);
});

describe("a publish of which the API refuses a part", () => {
  const messages = [{ body: 1, tag: "two words" }, { body: { orderId: 7 } }, { body: 2, key: "" }];

  it("GIVEN two wrong ones of three WHEN they are published THEN it throws, and names the third", async () => {
    const client = await withOrders();
    const thrown: unknown = await client.publish("orders", messages).catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(SluiceMessagesRefused);
    const refused = [0, 2].map((index) => ({ index, problem: { code: "invalid-request", status: 400 } }));
    expect(thrown).toMatchObject({ code: "messages-refused", refused });
    expect((thrown as Error).message).toMatch(
      /^2 of 3 messages were not stored: invalid-request: messages\[0\]\.tag: .*; .* messages\[2\]\.key: /,
    );
    const received = await client.receive("orders", "audit");
    const { stored } = thrown as SluiceMessagesRefused;
    expect(stored).toEqual([{ index: 1, id: received[0]?.id, publishedAt: received[0]?.publishedAt }]);
  });

  it("GIVEN the same WHEN each is to have its result THEN nothing is thrown", async () => {
    const client = await withOrders();
    expect(await client.publishEach("orders", messages)).toMatchObject([
      { error: { code: "invalid-request" } },
      { id: expect.any(String) as string },
      { error: { code: "invalid-request" } },
    ]);
  });

  it("GIVEN many wrong ones WHEN they are published THEN the message of the error stays short", async () => {
    const client = await withOrders();
    const many = Array.from({ length: 20 }, () => ({ body: 1, tag: "two words" }));
    await expect(client.publish("orders", many)).rejects.toThrow(/^20 of 20 .*; and 17 more$/);
  });
});

it("GIVEN a good receipt beside another WHEN both are acknowledged THEN it throws, and says which", async () => {
  const client = await withOrders();
  await client.publish("orders", [{ body: 1 }]);
  const received = await client.receive("orders", "audit");
  const both = [...received, { receipt: "none" }];
  const thrown: unknown = await client.ack("orders", "audit", both).catch((error: unknown) => error);
  expect(thrown).toBeInstanceOf(SluiceReceiptsRefused);
  expect(thrown).toMatchObject({
    code: "receipts-refused",
    acknowledged: [0],
    refused: [{ index: 1, problem: { code: "receipt-invalid" } }],
    message: expect.stringMatching(/^1 of 2 messages were not acknowledged: .*receipt-invalid: /) as string,
  });
  expect((await client.getSubscription("orders", "audit")).state).toMatchObject({ inFlight: 0 });
});

describe("JSON text as a body", () => {
  it.each(["12345678901234567890", "1.0", '{ "a" : 1e400 }', '"\\u00e9"'])(
    "sends %s byte for byte",
    async (text) => {
      let sent = "";
      const client = new SluiceClient({
        apiUrl: "https://queue.example",
        auth: "none",
        fetch: async (request) => {
          sent = await request.text();
          return Response.json({ messages: [{ id: "a", publishedAt: "b" }] });
        },
      });
      await client.publish("orders", [{ body: new JsonText(text), tag: "n" }, { body: "plain" }]);
      expect(sent).toBe(`{"messages":[{"body":${text},"tag":"n"},{"body":"plain"}]}`);
    },
  );

  it("comes back as it was written beside the value", async () => {
    const answer = `{ "messages" : [
      {"body" : {"n":12345678901234567890, "t":"a\\"}]" } ,"contentType":"application/json"},
      {"contentType":"text/plain","body":"words"}, {"contentType":"image/png","bodyBase64":"AA=="},
      {"attributes":{"body":"no"},"contentType":"application/json","body":1.0}] }`;
    const client = new SluiceClient({
      apiUrl: "https://queue.example",
      auth: "none",
      fetch: () => Promise.resolve(new Response(answer)),
    });
    const messages = await client.receive("orders", "audit");
    expect(messages.map(({ bodyText }) => bodyText)).toEqual([
      '{"n":12345678901234567890, "t":"a\\"}]" }',
      undefined,
      undefined,
      "1.0",
    ]);
    expect(messages.map(({ body }) => body)).toEqual([
      { n: 12345678901234567000, t: 'a"}]' },
      "words",
      undefined,
      1,
    ]);
  });

  it("is refused where it is not JSON", () => {
    expect(() => new JsonText("{")).toThrow(
      'the text is not valid JSON at line 1, column 2: the text ends here, without a "}"',
    );
  });
});

it("seeks, to receive again what was acknowledged or to skip what was not", async () => {
  const client = await withOrders();
  const { messages } = await client.publish("orders", [{ body: 1 }]);
  await client.ack("orders", "audit", await client.receive("orders", "audit"));
  expect(await client.seek("orders", "audit", "earliest")).toMatchObject({ name: "audit", topic: "orders" });
  expect(await client.receive("orders", "audit")).toMatchObject([messages[0] ?? {}]);
  await client.seek("orders", "audit", { id: messages[0]?.id ?? "" });
  expect(await client.receive("orders", "audit")).toHaveLength(1);
  await client.seek("orders", "audit", "latest");
  expect(await client.receive("orders", "audit")).toEqual([]);
  await expect(client.seek("orders", "audit", { time: "2999-01-01T00:00:00Z" })).rejects.toMatchObject({
    code: "invalid-request",
    message: expect.stringContaining("to.time") as string,
  });
  await expect(client.seek("orders", "nobody", "latest")).rejects.toMatchObject({
    code: "subscription-not-found",
  });
});

it("acknowledges nothing without asking", async () => {
  const client = new SluiceClient({
    apiUrl: "https://x",
    auth: "none",
    fetch: () => Promise.reject(new Error()),
  });
  await expect(client.ack("orders", "audit", [])).resolves.toBeUndefined();
});

it("looks after topics", async () => {
  const client = aClient();
  expect(await client.putTopic("orders", { partitions: 4 })).toMatchObject({ name: "orders", partitions: 4 });
  expect(await client.changeTopic("orders", { paused: "all" })).toMatchObject({
    partitions: 4,
    paused: "all",
  });
  expect(await client.getTopic("orders")).toMatchObject({ paused: "all" });
  await client.putTopic("carts");
  const { items, nextCursor } = await client.listTopics({ limit: 1 });
  expect(items.map(({ name }) => name)).toEqual(["carts"]);
  const rest = await client.listTopics({ limit: 1, cursor: nextCursor ?? "" });
  expect(rest.items.map(({ name }) => name)).toEqual(["orders"]);
  expect(await client.deleteTopic("orders")).toBeUndefined();
  await expect(client.getTopic("orders")).rejects.toMatchObject({ code: "topic-not-found", status: 404 });
});

it("looks after subscriptions", async () => {
  const client = await withOrders();
  expect(await client.changeSubscription("orders", "audit", { batch: { maxMessages: 3 } })).toMatchObject({
    batch: { maxMessages: 3 },
  });
  expect(await client.getSubscription("orders", "audit")).toMatchObject({
    name: "audit",
    state: { backlog: 0 },
  });
  expect((await client.listSubscriptions("orders")).items.map(({ name }) => name)).toEqual(["audit"]);
  await client.deleteSubscription("orders", "audit");
  expect((await client.listSubscriptions("orders", { limit: 5 })).items).toEqual([]);
});

it("lists what could not be read, page by page", async () => {
  const api = anApi();
  const client = aClient(api);
  await client.putTopic("orders");
  await client.putSubscription("orders", "audit");
  expect(await client.listSetAside("orders", "audit")).toEqual({ items: [] });
  for (const body of [1, 2]) await client.publish("orders", [{ body }]);
  for (const slots of api.storage.logs.values())
    slots.splice(0, 2, ...slots.slice(0, 2).map((slot) => ({ ...slot, checksum: "damaged" })));
  expect(await client.receive("orders", "audit")).toEqual([]);
  const { items, nextCursor } = await client.listSetAside("orders", "audit", { limit: 1 });
  const rest = await client.listSetAside("orders", "audit", nextCursor ? { cursor: nextCursor } : {});
  expect(items).toMatchObject([{ count: 1, reason: "checksum-mismatch" }]);
  expect(rest.items).toMatchObject([{ count: 1, reason: "checksum-mismatch" }]);
  expect(rest.items[0]?.firstOffset).toBe((items[0]?.firstOffset ?? 0) + 1);
});

describe("a wrong argument is told before anything is sent", () => {
  const credentials = { region: "eu-central-1", accessKeyId: "A", secretAccessKey: "S" };
  const good = { apiUrl: "https://queue.example", auth: "none" };

  it.each<[string, unknown, string]>([
    ["no options", undefined, "takes an object of options"],
    ["no auth", { ...good, auth: undefined }, 'the option "auth" is missing'],
    ["auth that is a word", { ...good, auth: "iam" }, 'the option "auth" is "iam"'],
    [
      "auth without a key",
      { ...good, auth: { ...credentials, accessKeyId: "" } },
      '"auth" lacks "accessKeyId"',
    ],
    ["no apiUrl", { auth: "none" }, 'the option "apiUrl" is missing'],
    ["an apiUrl that is not a URL", { ...good, apiUrl: "queue" }, 'the option "apiUrl" is "queue"'],
    [
      "an apiUrl of something else",
      { ...good, apiUrl: "ftp://queue" },
      'the option "apiUrl" is "ftp://queue"',
    ],
    [
      "an apiUrl with a query",
      { ...good, apiUrl: "https://q/?a=b" },
      'the option "apiUrl" is "https://q/?a=b"',
    ],
    ["no attempts", { ...good, attempts: 0 }, 'the option "attempts" is 0'],
    ["a fetch that is not a function", { ...good, fetch: "fetch" }, 'the option "fetch" is not a function'],
  ])("GIVEN %s WHEN a client is made THEN one sentence names it", (_, options, words) => {
    const make = () => new SluiceClient(options as ConstructorParameters<typeof SluiceClient>[0]);
    expect(make).toThrow(expect.objectContaining({ code: "wrong-usage" }) as Error);
    expect(make).toThrow(words);
  });

  it.each(["", "../health?x=/", "a b", "x".repeat(81), undefined, 7])(
    "GIVEN the name %j WHEN it is a topic's or a subscription's THEN nothing is sent",
    async (name) => {
      let sent = 0;
      const fetch = () => Promise.resolve(Response.json({ sent: ++sent }));
      const client = new SluiceClient({ apiUrl: "https://queue.example", auth: "none", fetch });
      const wrong = name as string;
      const expected = { code: "wrong-usage" };
      await expect(client.getTopic(wrong)).rejects.toMatchObject(expected);
      await expect(client.publish(wrong, [{ body: 1 }])).rejects.toMatchObject(expected);
      await expect(client.receive("orders", wrong)).rejects.toMatchObject(expected);
      expect(sent).toBe(0);
    },
  );
});

it("GIVEN a page that is not from Sluice, with status 200, WHEN it is read THEN it says so", async () => {
  const fetch = () => Promise.resolve(new Response("<html>Log in</html>"));
  const client = new SluiceClient({ apiUrl: "https://queue.example", auth: "none", fetch });
  const expected = { code: "unexpected-answer", problem: { detail: "<html>Log in</html>" } };
  await expect(client.getTopic("orders")).rejects.toMatchObject(expected);
});
