import { type Api, ORDERS, anApiWithTopic, passing } from "./an-api.js";
import { resultOf } from "../../lambdas/api/gateway.js";

const MESSAGES = `${ORDERS}/messages`;
/** What Lambda takes of an answer, with room for its headers. */
const FUNCTION_ANSWER_BYTES = 6 * 1024 * 1024 - 10_000;

interface Page {
  readonly items: readonly {
    readonly id: string;
    readonly body?: unknown;
    readonly bodyBase64?: string;
    readonly unreadable?: string;
  }[];
  readonly nextCursor: string;
  readonly atEnd: boolean;
  readonly missed?: number;
}

const publish = (api: Api, ...messages: readonly object[]) => api.send("POST", MESSAGES, { messages });
const read = async (api: Api, query: Record<string, string> = {}): Promise<Page> =>
  (await api.send("GET", `${MESSAGES}?${new URLSearchParams(query).toString()}`)).body;
const bodies = ({ items }: Page): readonly unknown[] => items.map(({ body }) => body);

it("GIVEN messages WHEN they are read THEN they come as they were published, and again for whoever asks", async () => {
  const api = await anApiWithTopic();
  await publish(api, {
    body: { orderId: 7 },
    key: "k",
    tag: "created",
    businessKey: "7",
    attributes: { region: "eu" },
  });
  const page = await read(api);
  expect(page).toEqual({
    items: [
      {
        id: expect.stringMatching(/^orders\./) as string,
        body: { orderId: 7 },
        contentType: "application/json",
        key: "k",
        tag: "created",
        businessKey: "7",
        attributes: { region: "eu" },
        publishedAt: "2026-08-01T00:00:00.000Z",
      },
    ],
    nextCursor: expect.any(String) as string,
    atEnd: true,
  });
  expect(await read(api)).toEqual(page);
  const { state } = (await api.send("GET", `${ORDERS}/subscriptions/audit`)).body as { state: object };
  expect(state).toMatchObject({ backlog: 1, inFlight: 0 });
});

it("GIVEN a cursor WHEN it is gone on from THEN only what came since is there", async () => {
  const api = await anApiWithTopic();
  await publish(api, { body: 1 });
  const { nextCursor } = await read(api);
  await publish(api, { body: 2 });
  const next = await read(api, { cursor: nextCursor });
  expect(bodies(next)).toEqual([2]);
  expect(bodies(await read(api, { cursor: next.nextCursor }))).toEqual([]);
});

it.each([
  ["earliest", [1, 2]],
  ["latest", []],
  ["2026-08-01T00:00:30Z", [2]],
  ["2026-08-01T02:00:30+02:00", [2]],
  ["2026-08-01T00:06:00Z", []],
])("GIVEN messages a minute apart WHEN they are read from %s THEN it has %j", async (from, expected) => {
  const api = await anApiWithTopic({}, { partitions: 1 });
  await publish(api, { body: 1 });
  await api.clock.advance(60_000);
  await publish(api, { body: 2 });
  expect(bodies(await read(api, { from }))).toEqual(expected);
});

it("GIVEN a message's id WHEN it is read from there THEN that is the first", async () => {
  const api = await anApiWithTopic({}, { partitions: 1 });
  await publish(api, { body: 1 }, { body: 2 }, { body: 3 });
  const second = (await read(api)).items[1]?.id ?? "";
  expect(bodies(await read(api, { from: second }))).toEqual([2, 3]);
});

it("GIVEN keys WHEN one is asked for THEN only its messages are there", async () => {
  const api = await anApiWithTopic({}, { ordering: "key" });
  await publish(api, { body: 1, key: "a" }, { body: 2, key: "b" }, { body: 3, key: "a", businessKey: "7" });
  expect(bodies(await read(api, { key: "a" }))).toEqual([1, 3]);
  expect(bodies(await read(api, { businessKey: "7" }))).toEqual([3]);
});

it("GIVEN a reader that waits WHEN a message comes THEN it is answered", async () => {
  const api = await anApiWithTopic();
  const reading = read(api, { waitSeconds: "20", from: "latest" });
  await api.clock.advance(5_000);
  await publish(api, { body: "late" });
  expect(bodies(await passing(api.clock, reading))).toEqual(["late"]);
});

it.each([
  ["?limit=0", "query.limit", "must be 1 to 1000"],
  ["?waitSeconds=21", "query.waitSeconds", "must be 0 to 20"],
  ["?from=2026-13-01T00:00:00Z", "query.from", "is not a time"],
  ["?from=2099-01-01T00:00:00Z", "query.from", "s in the future"],
  ["?from=yesterday", "query.from", "is not the id of a message"],
  ["?cursor=x", "query.cursor", "is not a cursor from this API"],
  ["?cursor=x&from=earliest", "query.from", "cannot be combined"],
  ["?key=", "query.key", ""],
  ["?partition=1", "query.partition", "partition"],
])("GIVEN the query %s WHEN it is read THEN the problem says what is wrong", async (query, path, detail) => {
  const problem = await (await anApiWithTopic()).problem("GET", `${MESSAGES}${query}`);
  expect(problem).toMatchObject({ status: 400, code: "invalid-request" });
  expect(problem.errors?.map((error) => error.path)).toContain(path);
  expect(problem.detail).toContain(detail);
});

it("GIVEN a cursor of another topic WHEN it is used THEN it is refused", async () => {
  const api = await anApiWithTopic();
  await api.send("PUT", "/v1/topics/others", {});
  await publish(api, { body: 1 });
  const { nextCursor } = await read(api);
  const problem = await api.problem("GET", `/v1/topics/others/messages?cursor=${nextCursor}`);
  expect(problem.detail).toContain("another topic");
  expect(await api.problem("GET", "/v1/topics/none/messages")).toMatchObject({ code: "topic-not-found" });
});

it("GIVEN messages that escape to six times their size WHEN they are read THEN each page fits", async () => {
  const api = await anApiWithTopic();
  const body = "\u0001".repeat(300_000);
  for (let sent = 0; sent < 8; sent++)
    await publish(api, { body, attributes: { a: "\u0001".repeat(1_000) } });
  let cursor: string | undefined;
  let count = 0;
  for (let pages = 0; ; pages++) {
    expect(pages).toBeLessThan(20);
    const answer = await api.send("GET", `${MESSAGES}${cursor === undefined ? "" : `?cursor=${cursor}`}`);
    const sent = resultOf({ status: 200, headers: {}, body: answer.text });
    expect(Buffer.byteLength(JSON.stringify(sent))).toBeLessThanOrEqual(FUNCTION_ANSWER_BYTES);
    const page = answer.body as Page;
    count += page.items.length;
    cursor = page.nextCursor;
    if (page.atEnd) break;
    expect(page.items.length).toBeGreaterThan(0);
  }
  expect(count).toBe(8);
});

it("GIVEN a JSON body with more digits than a number holds WHEN it is read THEN all of them come", async () => {
  const api = await anApiWithTopic();
  await api.send("POST", MESSAGES, '{"messages":[{"body":{"n":12345678901234567890}}]}', {
    "content-type": "application/json",
  });
  expect((await api.send("GET", MESSAGES)).text).toContain('"body":{"n":12345678901234567890}');
});

it("GIVEN a message whose bytes are damaged WHEN it is read THEN it says so, beside its neighbours", async () => {
  const api = await anApiWithTopic({}, { partitions: 1 });
  for (const body of [1, 2, 3]) await publish(api, { body, tag: "t" });
  for (const slots of api.storage.logs.values())
    slots.splice(1, 1, { ...(slots[1] as (typeof slots)[number]), checksum: "of other bytes" });
  const page = await read(api);
  expect(page.items.map(({ body, unreadable }) => unreadable ?? body)).toEqual([1, "checksum-mismatch", 3]);
  expect(page.items[1]).toEqual({
    id: expect.any(String) as string,
    tag: "t",
    publishedAt: "2026-08-01T00:00:00.000Z",
    unreadable: "checksum-mismatch",
  });
});
