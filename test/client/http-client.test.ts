import { type SettlementInput, SluiceClient, SluiceProblem } from "../../lib/client/index.js";
import { createApp } from "../../lib/http/app.js";
import { type Api, anApi } from "../http/an-api.js";

/** A client of the API in this process. */
function aClient(api: Api = anApi()): SluiceClient {
  const app = createApp(api.engine);
  return new SluiceClient({
    apiUrl: "https://queue.example/",
    auth: "none",
    fetch: async (request) => await app.fetch(request),
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
  const { messages, failed } = await client.publish("orders", [
    { body: { orderId: 7 }, attributes: { region: "eu" } },
    { body: 1, tag: "two words" },
  ]);
  expect(failed).toBe(1);
  expect(messages).toMatchObject([
    { id: expect.any(String) as string },
    { error: { code: "invalid-request" } },
  ]);
  const [message] = await client.receive("orders", "audit", { maxMessages: 1, ackDeadlineSeconds: 5 });
  expect(message).toMatchObject({ body: { orderId: 7 }, attributes: { region: "eu" }, attempt: 1 });
  const settlements: SettlementInput[] = [
    { receipt: message?.receipt ?? "", outcome: "extend", ackDeadlineSeconds: 60 },
    { receipt: "none", outcome: "retry", delaySeconds: 1 },
  ];
  expect(await client.settle("orders", "audit", settlements)).toMatchObject([
    { status: "ok" },
    { error: { code: "receipt-invalid" } },
  ]);
  expect(await client.ack("orders", "audit", message ? [message] : [])).toEqual([{ status: "ok" }]);
  expect(await client.receive("orders", "audit")).toEqual([]);
});

it("seeks, to receive again what was acknowledged or to skip what was not", async () => {
  const client = await withOrders();
  const { messages } = await client.publish("orders", [{ body: 1 }]);
  await client.ack("orders", "audit", await client.receive("orders", "audit"));
  expect(await client.seek("orders", "audit", "earliest")).toMatchObject({ name: "audit", topic: "orders" });
  expect(await client.receive("orders", "audit")).toMatchObject([messages[0] ?? {}]);
  const [published] = messages;
  await client.seek("orders", "audit", { id: published && "id" in published ? published.id : "" });
  expect(await client.receive("orders", "audit")).toHaveLength(1);
  await client.seek("orders", "audit", { time: "2999-01-01T00:00:00Z" });
  expect(await client.receive("orders", "audit")).toEqual([]);
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
  expect(await client.ack("orders", "audit", [])).toEqual([]);
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

it("sends a name that is none as one, and so is told", async () => {
  const refused = aClient().getTopic("../health?x=/");
  await expect(refused).rejects.toBeInstanceOf(SluiceProblem);
  await expect(refused).rejects.toMatchObject({ problem: { errors: [{ path: "path.topic" }] } });
});
