import { Shop } from "../../../examples/flash-sale/shop.js";
import type { SluiceClient } from "../../../lib/client/index.js";

/** A shop whose queue does as it is told. */
async function aShop(publish: (bodies: readonly unknown[]) => Promise<void>) {
  const published: (readonly unknown[])[] = [];
  const queue: Pick<SluiceClient, "publish"> = {
    publish: async (_topic, messages) => {
      const bodies = messages.map(({ body }) => body);
      published.push(bodies);
      await publish(bodies);
      return { messages: [] };
    },
  };
  const shop = new Shop(queue, async (orderId) =>
    orderId === "order-1" ? { orderId, outcome: "shipped" } : undefined,
  );
  const url = await shop.open();
  const order = async (orderId: string) => {
    const response = await fetch(`${url}/orders`, { method: "POST", body: JSON.stringify({ orderId }) });
    await response.text();
    return response.status;
  };
  return { shop, url, order, published };
}

it("GIVEN a rush WHEN publishes are under way THEN what comes meanwhile goes into few more", async () => {
  const opened: (() => void)[] = [];
  const { shop, order, published } = await aShop(() => new Promise((resolve) => opened.push(resolve)));
  const ids = Array.from({ length: 254 }, (_, index) => `order-${index}`);
  const ordering = Promise.all(ids.map(order));
  while (shop.waiting < 250) await new Promise((resolve) => setImmediate(resolve));
  const open = setInterval(() => opened.splice(0).forEach((resolve) => resolve()), 1);
  const statuses = await ordering;
  clearInterval(open);
  await shop.close();
  expect(new Set(statuses)).toEqual(new Set([202]));
  const ordered = published.flat().map((body) => (body as { orderId: string }).orderId);
  expect(ordered.sort()).toEqual([...ids].sort());
  expect(published.map(({ length }) => length)).toEqual([1, 1, 1, 1, 100, 100, 50]);
});

it("GIVEN a queue that cannot be reached WHEN an order comes THEN it is not answered as placed", async () => {
  const { shop, order } = await aShop(() => Promise.reject(new Error("no queue")));
  expect(await order("order-1")).toBe(503);
  await shop.close();
});

it("tells a buyer what became of an order, and that one waits of which nothing is known yet", async () => {
  const { shop, url } = await aShop(async () => undefined);
  const told = async (orderId: string) => await (await fetch(`${url}/orders/${orderId}`)).json();
  expect([await told("order-1"), await told("order-2")]).toEqual([
    { orderId: "order-1", outcome: "shipped" },
    { orderId: "order-2", outcome: "waiting" },
  ]);
  await shop.close();
});
