import { type ReadPage, SluiceClient, type TailOptions } from "../../lib/client/index.js";
import { JsonText, type Timing } from "../../lib/client/index.js";
import { createApp } from "../../lib/http/app.js";
import { fetchOf } from "../../lib/http/fetch.js";
import { type Api, anApi } from "../http/an-api.js";

/** Time that passes while somebody sleeps. */
const hasty = (api: Api): Timing => ({
  nowMs: () => api.clock.nowMs(),
  random: () => 0.5,
  sleep: async (ms, signal) => {
    // The limit of a request is never reached.
    if (ms > 5_000) return await new Promise(() => undefined);
    if (!signal?.aborted) await api.clock.advance(ms);
  },
});

type Fault = (path: string) => Response | undefined;

/** A client of an API with topic `orders`, and what it has asked for. */
async function aReader(fault: Fault = () => undefined) {
  const api = anApi();
  const app = fetchOf(createApp(api.engine));
  const asked: URLSearchParams[] = [];
  const client = new SluiceClient({
    apiUrl: "https://queue.example/",
    auth: "none",
    sleep: () => Promise.resolve(),
    fetch: async (request) => {
      const { pathname, searchParams } = new URL(request.url);
      if (request.method === "GET") asked.push(searchParams);
      return (request.method === "GET" ? fault(pathname) : undefined) ?? (await app(request));
    },
  });
  await client.putTopic("orders", { partitions: 1 });
  const publish = (...bodies: readonly unknown[]) =>
    client.publish(
      "orders",
      bodies.map((body) => ({ body })),
    );
  const tail = (options: TailOptions = {}) =>
    client.tail("orders", { waitSeconds: 0, onError: () => undefined, timing: hasty(api), ...options });
  return { api, client, publish, tail, asked };
}

const failing = (status: number): Response =>
  new Response(JSON.stringify({ code: "storage-unavailable", status, detail: "later" }), { status });

it("GIVEN messages WHEN a page is read THEN it has them to the last digit, and where to go on", async () => {
  const { client, publish } = await aReader();
  await publish(1, new JsonText("12345678901234567890"));
  const page = await client.read("orders", { limit: 10 });
  expect(page.items.map(({ bodyText }) => bodyText)).toEqual(["1", "12345678901234567890"]);
  expect(page.atEnd).toBe(true);
  await publish(3);
  const next = await client.read("orders", { cursor: page.nextCursor });
  expect(next.items.map(({ body }) => body)).toEqual([3]);
});

it("GIVEN a backlog WHEN it is gone through to its end THEN each comes once, and it ends", async () => {
  const { publish, tail } = await aReader();
  for (let index = 0; index < 7; index++) await publish(index);
  const reader = tail({ limit: 2, untilEnd: true });
  const seen: unknown[] = [];
  expect(reader.cursor).toBeUndefined();
  for await (const { body } of reader) seen.push(body);
  expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6]);
  // AND another one goes on from there
  await publish(7);
  const since: unknown[] = [];
  for await (const { body } of tail({ untilEnd: true, ...cursorOf(reader.cursor) })) since.push(body);
  expect(since).toEqual([7]);
});

const cursorOf = (cursor: string | undefined): { readonly cursor?: string } =>
  cursor === undefined ? {} : { cursor };

it("GIVEN a reader that ends within a page WHEN another goes on from its cursor THEN none is left out", async () => {
  const { publish, tail } = await aReader();
  await publish(1, 2, 3, 4);
  const reader = tail({ limit: 2 });
  const seen: unknown[] = [];
  for await (const { body } of reader) if (seen.push(body) === 3) break;
  const rest: unknown[] = [];
  for await (const { body } of tail({ untilEnd: true, ...cursorOf(reader.cursor) })) rest.push(body);
  expect(rest).toEqual([3, 4]);
});

it("GIVEN a reader of what comes WHEN its signal aborts THEN it ends, without an error", async () => {
  const { publish, tail, asked } = await aReader();
  const stop = new AbortController();
  const seen: unknown[] = [];
  await publish(1);
  for await (const { body } of tail({ signal: stop.signal })) {
    seen.push(body);
    if (body === 3) stop.abort();
    else await publish(Number(body) + 1);
  }
  expect(seen).toEqual([1, 2, 3]);
  const asks = asked.length;
  for await (const _ of tail({ signal: stop.signal })) throw new Error("it has ended");
  expect(asked).toHaveLength(asks);
});

it("GIVEN it begins with the latest WHEN requests are sent THEN only the first does not wait", async () => {
  const { publish, tail, asked } = await aReader();
  await publish("old");
  const stop = new AbortController();
  const reader = tail({ from: "latest", waitSeconds: 1, signal: stop.signal });
  const pages = reader.pages();
  const first = pages.next();
  // The API's clock goes on while it waits.
  await Promise.race([first, new Promise((resolve) => setTimeout(resolve, 20))]);
  expect(asked[0]?.get("waitSeconds")).toBe("0");
  expect(asked[1]?.get("waitSeconds")).toBe("1");
  expect(asked[1]?.has("from")).toBe(false);
  expect(asked[1]?.has("cursor")).toBe(true);
  await publish("new");
  const { value } = await first;
  expect((value as ReadPage).items.map(({ body }) => body)).toEqual(["new"]);
});

it("GIVEN requests that fail WHEN it reads THEN it tells of them, and repeats them from the same place", async () => {
  let failures = 0;
  const reader = await aReader(() => (failures++ % 2 === 1 ? failing(503) : undefined));
  await reader.publish(1, 2, 3);
  const errors: unknown[] = [];
  const seen: unknown[] = [];
  const tail = reader.tail({ limit: 1, untilEnd: true, onError: (error) => errors.push(error) });
  for await (const { body } of tail) seen.push(body);
  expect(seen).toEqual([1, 2, 3]);
  expect(errors.length).toBeGreaterThanOrEqual(2);
});

it("GIVEN a topic that is not there WHEN it is read THEN it says so at once", async () => {
  const { client } = await aReader();
  const reading = async () => {
    for await (const _ of client.tail("none")) throw new Error("there is nothing");
  };
  await expect(reading()).rejects.toMatchObject({ code: "topic-not-found" });
});

it("GIVEN messages that expired unread WHEN it goes on THEN it hears how many", async () => {
  const { api, client, publish, tail } = await aReader();
  await client.putTopic("orders", { partitions: 1, retentionSeconds: 3_600 });
  await publish(1);
  const { nextCursor } = await client.read("orders");
  await publish(2, 3);
  await api.clock.advance(3_700_000);
  const missed: number[] = [];
  const reader = tail({ cursor: nextCursor, untilEnd: true, onMissed: (messages) => missed.push(messages) });
  for await (const _ of reader) throw new Error("they have expired");
  expect(missed).toEqual([2]);
});

it.each([
  [{ waitSeconds: 21 }, "waitSeconds"],
  [{ from: "earliest", cursor: "x" }, "cursor"],
])("GIVEN the options %j WHEN it is made THEN they are refused", async (options, word) => {
  const { client } = await aReader();
  expect(() => client.tail("orders", options)).toThrow(word);
});
