import { createHash } from "node:crypto";
import { memoryUpload } from "../../lib/adapters/memory/upload-store.js";
import { AUDIT, type Api, ORDERS, anApiWithTopic } from "./an-api.js";
import { LARGE, type Published, publish, receive, requested, uploaded } from "./an-upload.js";

const DAY_MS = 86_400_000;
const SMALL = Buffer.from('{"total": 10.50}');

const countOfObjects = (api: Api): number =>
  [...api.storage.uploads.values()].filter(({ isUsed }) => isUsed).length;

describe("a large body that was uploaded", () => {
  it("is delivered by a path that leads to it, and does not age", async () => {
    // GIVEN
    const api = await anApiWithTopic();
    const sha256 = createHash("sha256").update(LARGE).digest("hex");
    const uploadId = await uploaded(api, LARGE, { contentType: "video/mp4", sha256 });
    // WHEN
    const { messages } = await publish(api, { uploadId, tag: "film", attributes: { region: "eu" } });
    const [message] = await receive(api);
    // THEN
    const id = messages[0]?.id as string;
    expect(message).toMatchObject({
      ...{ id, contentType: "video/mp4", tag: "film", bodyUrl: `/v1/messages/${id}/body` },
      ...{ bodyBytes: LARGE.length, bodySha256: sha256, attributes: { region: "eu" } },
    });
    expect(message).not.toHaveProperty("body");
    expect(message).not.toHaveProperty("bodyBase64");
    await api.clock.advance(2 * DAY_MS);
    const { status, headers, text } = await api.send("GET", message?.["bodyUrl"] as string);
    expect([status, text]).toEqual([307, ""]);
    expect(decodeURIComponent(headers.get("location") ?? "")).toContain(uploadId);
  });

  it("is read and looked up by the same path", async () => {
    const api = await anApiWithTopic();
    const { messages } = await publish(api, { uploadId: await uploaded(api, LARGE) });
    const id = messages[0]?.id as string;
    const bodyUrl = `/v1/messages/${id}/body`;
    expect((await api.send("GET", `${ORDERS}/messages`)).body).toMatchObject({ items: [{ id, bodyUrl }] });
    expect((await api.send("GET", `/v1/messages/${id}`)).body).toMatchObject({ id, bodyUrl });
  });

  it("outlives the delay that its upload was told of, and is refused for a longer one", async () => {
    // GIVEN
    const api = await anApiWithTopic();
    const delaySeconds = 300 * 86_400;
    const [short, long] = [await uploaded(api, LARGE), await uploaded(api, LARGE, { delaySeconds })];
    // WHEN
    const { messages } = await publish(
      api,
      { uploadId: short, delaySeconds },
      { uploadId: long, delaySeconds },
    );
    // THEN
    expect(messages[0]).toMatchObject({ error: { errors: [{ path: "messages[0].uploadId" }] } });
    expect(messages[1]).toHaveProperty("deliverAt");
    expect((await api.send("GET", `${ORDERS}/scheduled`)).body).toMatchObject({
      items: [{ bodyBytes: LARGE.length }],
    });
  });

  it("goes with an all-or-nothing publish, or keeps all of it from being stored", async () => {
    const api = await anApiWithTopic();
    const uploadId = await uploaded(api, LARGE);
    const gone = (await requested(api, LARGE)).uploadId;
    const all = (id: string) => ({ messages: [{ body: 1 }, { uploadId: id }], atomic: true });
    expect((await api.send("POST", `${ORDERS}/messages`, all(gone))).status).toBe(400);
    expect(await receive(api)).toEqual([]);
    expect((await api.send("POST", `${ORDERS}/messages`, all(uploadId))).status).toBe(200);
    expect(await receive(api)).toHaveLength(2);
  });

  it("is answered as it was, where its request is sent again with its key; a missing one refuses all", async () => {
    const api = await anApiWithTopic();
    const [uploadId, gone] = [await uploaded(api, LARGE), (await requested(api, LARGE)).uploadId];
    const send = async (key: string, ...messages: object[]): Promise<Published> =>
      (await api.send("POST", `${ORDERS}/messages`, { messages }, { "idempotency-key": key })).body;
    const first = await send("one", { body: 1 }, { uploadId });
    expect(await send("one", { body: 1 }, { uploadId })).toEqual(first);
    const refused = await send("two", { body: 2 }, { uploadId: gone });
    expect(refused).toMatchObject({ failed: 2 });
    expect(await receive(api)).toHaveLength(2);
  });

  it("goes to several topics in one request", async () => {
    const api = await anApiWithTopic();
    const uploadId = await uploaded(api, LARGE);
    const { body } = await api.send("POST", "/v1/publish", { messages: [{ topic: "orders", uploadId }] });
    expect((body as Published).messages[0]).toHaveProperty("publishedAt");
  });

  it("is matched by what is told of it, and by nothing of its body, whatever its type", async () => {
    const api = await anApiWithTopic();
    const filtered = async (name: string, filter: object): Promise<unknown> => {
      const path = `${ORDERS}/subscriptions/${name}`;
      await api.send("PUT", path, { filter, from: "earliest" });
      return ((await api.send("POST", `${path}/receive`, {})).body as { messages: unknown[] }).messages;
    };
    await publish(api, {
      uploadId: await uploaded(api, LARGE, { contentType: "application/json" }),
      tag: "film",
    });
    expect(await filtered("tagged", { tag: ["film"] })).toHaveLength(1);
    expect(await filtered("inside", { "body.a": [{ exists: true }] })).toHaveLength(0);
    expect(await filtered("without", { "body.a": [{ exists: false }] })).toHaveLength(1);
  });

  it("is not taken by a topic with a schema, which says what to do instead", async () => {
    const api = await anApiWithTopic({}, { schema: { type: "object" } });
    const { messages } = await publish(api, { uploadId: await uploaded(api, LARGE) });
    expect(messages[0]).toMatchObject({ error: { code: "schema-violated" } });
  });

  it("is gone once its message is erased, from the log and from before it is due", async () => {
    const api = await anApiWithTopic();
    const now = (await publish(api, { uploadId: await uploaded(api, LARGE) })).messages[0]?.id;
    const later = await publish(api, { uploadId: await uploaded(api, LARGE), delaySeconds: 60 });
    for (const id of [now, later.messages[0]?.id]) {
      expect((await api.send("POST", `/v1/messages/${id}/erase`)).status).toBe(200);
      expect((await api.send("GET", `/v1/messages/${id}/body`)).status).toBe(404);
    }
    expect([...api.storage.uploads.keys()].filter((key) => api.storage.segments.has(key))).toEqual([]);
  });
});

describe("a small body that was uploaded", () => {
  it("comes with its message, to the last digit, and its object is left to be cleaned up", async () => {
    const api = await anApiWithTopic();
    const uploadId = await uploaded(api, SMALL, { contentType: "application/json" });
    const { messages } = await publish(api, { uploadId });
    expect((await api.send("POST", `${AUDIT}/receive`, {})).text).toContain('"body":{"total": 10.50}');
    expect(countOfObjects(api)).toBe(0);
    const id = messages[0]?.id;
    expect(await api.problem("GET", `/v1/messages/${id}/body`)).toMatchObject({
      errors: [{ path: "path.id" }],
    });
    expect((await publish(api, { uploadId })).messages[0]?.id).toBe(id);
  });

  it("is refused where it is not of its type", async () => {
    const api = await anApiWithTopic();
    const uploadId = await uploaded(api, Buffer.from("{"), { contentType: "application/json" });
    expect((await publish(api, { uploadId })).messages[0]).toMatchObject({
      error: { code: "invalid-request" },
    });
  });

  it("is erased with its message, from where it was uploaded as well", async () => {
    const api = await anApiWithTopic();
    const { messages } = await publish(api, { uploadId: await uploaded(api, SMALL) });
    await api.send("POST", `/v1/messages/${messages[0]?.id}/erase`);
    expect(api.storage.segments.size).toBe(0);
  });
});

describe("an upload that cannot be published", () => {
  it("is one that was never put", async () => {
    const api = await anApiWithTopic();
    const { uploadId } = await requested(api, LARGE);
    expect((await publish(api, { uploadId })).messages[0]).toMatchObject({
      error: { errors: [{ path: "messages[0].uploadId" }] },
    });
  });

  it("is one of another topic, also of the same name", async () => {
    const api = await anApiWithTopic();
    const uploadId = await uploaded(api, LARGE);
    await api.send("PUT", "/v1/topics/others", {});
    const { body } = await api.send("POST", "/v1/topics/others/messages", { messages: [{ uploadId }] });
    expect((body as Published).messages[0]).toMatchObject({
      error: { errors: [{ path: "messages[0].uploadId" }] },
    });
  });

  it("is one that is older than a day", async () => {
    const api = await anApiWithTopic();
    const uploadId = await uploaded(api, LARGE);
    await api.clock.advance(DAY_MS + 1);
    const { messages } = await publish(api, { uploadId });
    expect(messages[0]).toMatchObject({ error: { errors: [{ path: "messages[0].uploadId" }] } });
  });

  it("is one whose bytes are not those that were promised", async () => {
    const api = await anApiWithTopic();
    const { uploadId, url } = await requested(api, SMALL, { sha256: "0".repeat(64) });
    const put = { bytes: SMALL, contentType: "text/plain" };
    expect(memoryUpload(api.storage, new URL(url), put)).toBe("has another SHA-256 than was promised");
    const [name] = url.split("?");
    expect(memoryUpload(api.storage, new URL(`${name}?size=${SMALL.length}`), put)).toBeUndefined();
    expect((await publish(api, { uploadId })).messages[0]).toHaveProperty("error");
  });

  it.each([
    ["a body beside it", { body: 1 }, "body"],
    ["bytes beside it", { bodyBase64: "AA==" }, "bodyBase64"],
    ["a type beside it", { contentType: "text/plain" }, "contentType"],
  ])("has %s", async (_, more, path) => {
    const api = await anApiWithTopic();
    const { messages } = await publish(api, { uploadId: "x", ...more });
    expect(messages[0]).toMatchObject({ error: { errors: [{ path: `messages[0].${path}` }] } });
  });

  it("is one of more than 16 in one request", async () => {
    const api = await anApiWithTopic();
    const messages = Array.from({ length: 17 }, (_, at) => ({ uploadId: `x${at}` }));
    const problem = await api.problem("POST", `${ORDERS}/messages`, { messages });
    expect(problem).toMatchObject({ code: "invalid-request", errors: [{ path: "messages" }] });
  });
});

it.each([
  [{}, "sizeBytes"],
  [{ sizeBytes: 0 }, "sizeBytes"],
  [{ sizeBytes: 5 * 1024 ** 3 + 1 }, "sizeBytes"],
  [{ sizeBytes: 1, sha256: "x" }, "sha256"],
  [{ sizeBytes: 1, contentType: "x" }, "contentType"],
  [{ sizeBytes: 1, delaySeconds: 1, deliverAt: "2026-08-02T00:00:00.000Z" }, "deliverAt"],
  [{ sizeBytes: 1, deliverAt: "2020-08-02T00:00:00.000Z" }, "deliverAt"],
])("an upload of %j is refused", async (body, path) => {
  const api = await anApiWithTopic();
  const problem = await api.problem("POST", `${ORDERS}/uploads`, body);
  expect(problem).toMatchObject({ code: "invalid-request", errors: [{ path }] });
});
