import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { memoryUpload, uploadKeyIn } from "../../lib/adapters/memory/upload-store.js";
import { BodyFile, SluiceClient } from "../../lib/client/index.js";
import { createApp } from "../../lib/http/app.js";
import { fetchOf } from "../../lib/http/fetch.js";
import { type Api, anApiWithTopic } from "../http/an-api.js";

const LARGE = randomBytes(5 * 1024 * 1024);
const SMALL = Buffer.from("some bytes");

interface Calls {
  puts: number;
}

/** A client of an API in memory, and of its bucket. `trouble`: what the bucket answers at first. */
async function aClient(trouble: readonly (Response | "lost" | Error)[] = []) {
  const api: Api = await anApiWithTopic();
  const toApi = fetchOf(createApp(api.engine));
  const calls: Calls = { puts: 0 };
  const left = [...trouble];
  const toBucket = async (request: Request): Promise<Response> => {
    const url = new URL(request.url);
    if (request.method === "GET") {
      const bytes = api.storage.segments.get(uploadKeyIn(url));
      return bytes ? new Response(Buffer.from(bytes)) : new Response("", { status: 404 });
    }
    calls.puts++;
    const one = left.shift();
    if (one instanceof Error) throw one;
    if (one instanceof Response) return one;
    const bytes = new Uint8Array(await request.arrayBuffer());
    const wrong = memoryUpload(api.storage, url, {
      bytes,
      contentType: request.headers.get("content-type") ?? "",
    });
    if (one === "lost") throw new Error("socket hang up");
    return new Response(wrong, {
      status: wrong === undefined ? 200 : wrong === "was uploaded before" ? 412 : 400,
    });
  };
  const fetch = (request: Request): Promise<Response> =>
    request.url.startsWith("http://api/") ? toApi(request) : toBucket(request);
  const sleep = (): Promise<void> => Promise.resolve();
  const client = new SluiceClient({ apiUrl: "http://api", auth: "none", fetch, sleep });
  return { client, api, calls };
}

const temporary = async (): Promise<number> =>
  (await readdir(tmpdir())).filter((name) => name.startsWith("sluice-body-")).length;

async function* chunks(bytes: Uint8Array, failAfter = Infinity): AsyncGenerator<Uint8Array> {
  for (let from = 0, at = 0; from < bytes.length; from += 700_000, at++) {
    if (at >= failAfter) throw new Error("the source broke");
    yield await Promise.resolve(bytes.subarray(from, from + 700_000));
  }
}

describe("a publish of bytes", () => {
  it("GIVEN a few WHEN they are published THEN they go with their message", async () => {
    const { client, calls } = await aClient();
    await client.publish("orders", [{ body: SMALL, contentType: "image/png" }]);
    const [message] = await client.receive("orders", "audit");
    expect(message).toMatchObject({ bodyBase64: SMALL.toString("base64"), contentType: "image/png" });
    expect(calls.puts).toBe(0);
    expect(message && Buffer.from(await client.bodies.bytes(message))).toEqual(SMALL);
  });

  it.each([
    ["in memory", () => LARGE],
    ["in a stream", () => chunks(LARGE)],
  ])("GIVEN many %s WHEN they are published THEN they are uploaded and come back", async (_, body) => {
    // GIVEN
    const { client, calls } = await aClient();
    const before = await temporary();
    // WHEN
    await client.publish("orders", [
      { body: body(), contentType: "video/mp4", tag: "film", delaySeconds: 1 },
    ]);
    // THEN
    expect(calls.puts).toBe(1);
    expect(await temporary()).toBe(before);
  });

  it("GIVEN many WHEN they are received THEN the message leads to them, as a stream and as bytes", async () => {
    const { client } = await aClient();
    await client.publish("orders", [{ body: LARGE, contentType: "video/mp4" }]);
    const [message] = await client.receive("orders", "audit");
    const digest = createHash("sha256").update(LARGE).digest("hex");
    expect(message).toMatchObject({ contentType: "video/mp4", bodyBytes: LARGE.length, bodySha256: digest });
    if (!message) throw new Error("nothing was received");
    expect(Buffer.from(await client.bodies.bytes(message)).equals(LARGE)).toBe(true);
    const hash = createHash("sha256");
    for await (const chunk of await client.bodies.open(message)) hash.update(chunk);
    expect(hash.digest("hex")).toBe(digest);
  });

  it("GIVEN a stream WHEN it is sent again under one key THEN it is stored once, and answered the same", async () => {
    const { client, calls } = await aClient();
    const publish = () => client.publish("orders", [{ body: chunks(LARGE) }], { idempotencyKey: "one" });
    expect(await publish()).toEqual(await publish());
    expect(calls.puts).toBe(2);
    expect(await client.receive("orders", "audit")).toHaveLength(1);
  });

  it("GIVEN several topics WHEN they are published to THEN each body is uploaded to its own", async () => {
    const { client, calls } = await aClient();
    await client.publishToTopics([{ topic: "orders", body: LARGE }]);
    expect(calls.puts).toBe(1);
  });

  it("GIVEN a stream that breaks WHEN it is published THEN nothing is, and nothing is left behind", async () => {
    const { client, calls } = await aClient();
    const before = await temporary();
    await expect(client.publish("orders", [{ body: chunks(LARGE, 3) }])).rejects.toThrow("the source broke");
    expect([calls.puts, await temporary()]).toEqual([0, before]);
  });

  it("GIVEN a bucket that refuses WHEN it is published THEN nothing is, and nothing is left behind", async () => {
    const { client, calls } = await aClient([new Response("<Error>", { status: 403 })]);
    const before = await temporary();
    await expect(client.publish("orders", [{ body: chunks(LARGE) }])).rejects.toMatchObject({ status: 403 });
    expect([calls.puts, await temporary()]).toEqual([1, before]);
  });

  it.each([
    ["an answer that is lost", "lost" as const],
    ["a bucket that is busy", new Response("", { status: 503 })],
    ["a connection that breaks", new Error("socket hang up")],
  ])("GIVEN %s WHEN it is uploaded THEN it is sent again as a whole", async (_, trouble) => {
    const { client, calls } = await aClient([trouble]);
    await client.publish("orders", [{ body: chunks(LARGE) }]);
    const [message] = await client.receive("orders", "audit");
    expect(message && Buffer.from(await client.bodies.bytes(message)).equals(LARGE)).toBe(true);
    expect(calls.puts).toBe(2);
  });

  it("GIVEN a stream of texts WHEN it is published THEN that is refused", async () => {
    const { client } = await aClient();
    const texts = (async function* () {
      yield await Promise.resolve("text");
    })();
    await expect(client.publish("orders", [{ body: texts }])).rejects.toMatchObject({ code: "wrong-usage" });
  });
});

it("GIVEN a file WHEN it is uploaded THEN its progress is told, and its id is published once", async () => {
  const { client } = await aClient();
  const folder = await mkdtemp(join(tmpdir(), "sluice-test-"));
  try {
    const path = join(folder, "film");
    await writeFile(path, LARGE);
    const told: number[] = [];
    const onProgress = (sentBytes: number): void => void told.push(sentBytes);
    const uploadId = await client.bodies.upload("orders", new BodyFile(path), {
      contentType: "a/b",
      onProgress,
    });
    expect(told.at(-1)).toBe(LARGE.length);
    expect(told).toEqual([...told].sort((one, other) => one - other));
    const [first, again] = [
      await client.publish("orders", [{ uploadId }]),
      await client.publish("orders", [{ uploadId }]),
    ];
    expect(again.messages[0]?.id).toBe(first.messages[0]?.id);
  } finally {
    await rm(folder, { recursive: true });
  }
});

it("GIVEN a file that is not there, or what is no body WHEN it is uploaded THEN that is refused", async () => {
  const { client } = await aClient();
  const gone = client.bodies.upload("orders", new BodyFile("/nowhere/film"));
  await expect(gone).rejects.toMatchObject({ code: "wrong-usage" });
  await expect(client.bodies.upload("orders", 7 as never)).rejects.toMatchObject({ code: "wrong-usage" });
});
