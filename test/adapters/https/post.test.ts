import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import type { LookupAll } from "../../../lib/adapters/https/connections.js";
import { type PostRequest, Poster, type PosterOptions } from "../../../lib/adapters/https/post.js";
import {
  PUBLIC_TARGETS,
  type TargetPolicy,
  allowedTarget,
} from "../../../lib/domain/webhook/target-policy.js";
import { type Receiver, type Reply, aReceiver, replies } from "./a-receiver.js";
import { CERTIFICATE } from "./certificate.js";

const LOCAL: TargetPolicy = { allowPrivate: true, allowed: [] };
const over: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const end of over.splice(0)) await end();
});

function aPoster(options: Partial<PosterOptions> = {}): Poster {
  const poster = new Poster({ policy: LOCAL, ca: CERTIFICATE, ...options });
  over.unshift(() => poster.close());
  return poster;
}

async function receiver(reply?: Reply, options?: { tls: boolean }): Promise<Receiver> {
  const one = await aReceiver(reply, options);
  over.push(one.close);
  return one;
}

const request = (url: string, more: Partial<PostRequest> = {}): PostRequest => ({
  url,
  headers: { "x-a": "1" },
  body: Buffer.from('{"a":1}'),
  connectTimeoutMs: 2_000,
  timeoutMs: 5_000,
  ...more,
});

/** Resolves each name as it is told. */
const resolver =
  (...addresses: readonly string[]): LookupAll =>
  (_host, _options, callback) =>
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 })),
    );

describe("a request", () => {
  it("has its headers and its body, over TLS, and connections are kept", async () => {
    const { port, got, connections } = await receiver(replies(200, "fine"), { tls: true });
    const poster = aPoster();
    for (let time = 1; time <= 3; time++)
      expect(await poster.post(request(`https://localhost:${port}/hook?a=1`))).toEqual({
        kind: "answered",
        status: 200,
        text: "",
      });
    expect(got).toHaveLength(3);
    expect(got[0]).toMatchObject({ path: "/hook?a=1", body: '{"a":1}', headers: { "x-a": "1" } });
    expect(connections()).toBe(1);
  });

  it("is sent once more where its kept connection was closed while it was idle", async () => {
    // GIVEN a server that hangs up on the second request of each connection, before it reads it
    const server = createServer((socket) => {
      socket.once("data", () => {
        socket.write("HTTP/1.1 204 No Content\r\n\r\n");
        socket.once("data", () => socket.destroy());
      });
      socket.on("error", () => undefined);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    over.push(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const poster = aPoster();
    // WHEN
    const first = await poster.post(request(`http://127.0.0.1:${port}/`));
    const second = await poster.post(request(`http://127.0.0.1:${port}/`));
    // THEN
    expect([first, second]).toMatchObject([{ status: 204 }, { status: 204 }]);
  });

  it("is sent twice, the same, to a receiver that takes it and hangs up at once", async () => {
    // GIVEN one that dies of its second request, once
    const { port, got } = await receiver((_got, { socket }, response) => {
      if (got.length === 2) socket.destroy();
      else response.writeHead(204).end();
    });
    const poster = aPoster();
    await poster.post(request(`http://127.0.0.1:${port}/`));
    // WHEN
    const posted = await poster.post(request(`http://127.0.0.1:${port}/`));
    // THEN
    expect(posted).toMatchObject({ status: 204 });
    expect(got).toHaveLength(3);
    expect(got[2]).toEqual({ ...got[1], headers: { ...got[1]?.headers, connection: "close" } });
  });

  it.each([
    ["a second and more", 1_001, 2],
    ["no more than a second", 1_000, 3],
  ])("is sent again only if its kept connection was closed at once: %s later", async (_, afterMs, times) => {
    // GIVEN a receiver that is at work on its second request for a while, and dies of it
    let nowMs = 0;
    const { port, got } = await receiver((_got, { socket }, response) => {
      if (got.length > 1) {
        nowMs += afterMs;
        socket.destroy();
      } else response.writeHead(204).end();
    });
    const poster = aPoster({ nowMs: () => nowMs });
    await poster.post(request(`http://127.0.0.1:${port}/`));
    // WHEN
    const posted = await poster.post(request(`http://127.0.0.1:${port}/`));
    // THEN it is a failed attempt either way
    expect(posted).toEqual({ kind: "unanswered", error: "ECONNRESET" });
    expect(got).toHaveLength(times);
  });

  it("follows no redirect", async () => {
    const elsewhere = await receiver();
    const { port } = await receiver(replies(307, "", { location: `http://127.0.0.1:${elsewhere.port}/` }));
    expect(await aPoster().post(request(`http://127.0.0.1:${port}/`))).toMatchObject({ status: 307 });
    expect(elsewhere.got).toEqual([]);
  });
});

describe("an answer", () => {
  it("that says why it failed is read to its first kilobyte", async () => {
    const { port } = await receiver(replies(500, "no ".repeat(1_000_000)));
    const posted = await aPoster().post(request(`http://127.0.0.1:${port}/`));
    expect(posted).toEqual({ kind: "answered", status: 500, text: "no ".repeat(1_000).slice(0, 1_024) });
  });

  it("has Retry-After", async () => {
    const { port } = await receiver(replies(429, "slow down", { "retry-after": "17" }));
    const posted = await aPoster().post(request(`http://127.0.0.1:${port}/`));
    expect(posted).toEqual({ kind: "answered", status: 429, retryAfter: "17", text: "slow down" });
  });

  it("counts by its status, even if its body never ends", async () => {
    const drip: Reply = (_got, _request, response) => void response.writeHead(503).write("dr");
    const { port } = await receiver(drip);
    const posted = await aPoster().post(request(`http://127.0.0.1:${port}/`, { timeoutMs: 300 }));
    expect(posted).toEqual({ kind: "answered", status: 503, text: "dr" });
  });
});

describe("a receiver that", () => {
  it("does not answer is given up on", async () => {
    const { port } = await receiver(() => undefined);
    const posted = await aPoster().post(request(`http://127.0.0.1:${port}/`, { timeoutMs: 200 }));
    expect(posted).toEqual({ kind: "unanswered", error: "no answer within 0 s" });
  });

  it("hangs up has not answered", async () => {
    const { port } = await receiver((_got, { socket }) => void socket.destroy());
    const posted = await aPoster().post(request(`http://127.0.0.1:${port}/`));
    expect(posted).toEqual({ kind: "unanswered", error: "ECONNRESET" });
  });

  it("is not there cannot be connected to", async () => {
    const gone = await aReceiver();
    await gone.close();
    const posted = await aPoster().post(request(`http://127.0.0.1:${gone.port}/`));
    expect(posted).toEqual({ kind: "not-connected", error: "cannot be connected to: ECONNREFUSED" });
  });

  it("does not shake hands cannot be connected to", async () => {
    const silent = createServer((socket) => void socket.on("error", () => undefined));
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    over.push(() => void silent.close());
    const { port } = silent.address() as AddressInfo;
    const posted = await aPoster().post(request(`https://localhost:${port}/`, { connectTimeoutMs: 200 }));
    expect(posted).toEqual({
      kind: "not-connected",
      error: "cannot be connected to: no connection within 0 s",
    });
  });

  it("has a certificate that nobody vouches for gets nothing", async () => {
    const { port, got } = await receiver(replies(204), { tls: true });
    const strangers = new Poster({ policy: LOCAL });
    over.unshift(() => strangers.close());
    expect(await strangers.post(request(`https://localhost:${port}/`))).toEqual({
      kind: "not-connected",
      error: "cannot be connected to: DEPTH_ZERO_SELF_SIGNED_CERT",
    });
    expect(got).toEqual([]);
  });

  it("has no name in the DNS cannot be connected to", async () => {
    const lookupAll: LookupAll = (_host, _options, callback) =>
      callback(Object.assign(new Error("no"), { code: "ENOTFOUND" }), []);
    expect(await aPoster({ lookupAll }).post(request("https://nowhere.example.com/"))).toEqual({
      kind: "not-connected",
      error: "cannot be connected to: ENOTFOUND",
    });
  });
});

describe("a deployment's list", () => {
  it("lets a name and its port through, which its certificate has to be of", async () => {
    const { port, got } = await receiver(replies(204), { tls: true });
    const entries = [`hooks.example.com:${port}`, `other.example.com:${port}`, "127.0.0.0/8"];
    const policy = { allowPrivate: false, allowed: entries.map((entry) => allowedTarget(entry)!) };
    const poster = aPoster({ policy, lookupAll: resolver("127.0.0.1") });
    expect(await poster.post(request(`https://hooks.example.com:${port}/`))).toMatchObject({ status: 204 });
    expect(await poster.post(request(`https://other.example.com:${port}/`))).toMatchObject({
      kind: "not-connected",
      error: "cannot be connected to: ERR_TLS_CERT_ALTNAME_INVALID",
    });
    expect(await poster.post(request(`https://third.example.com:${port}/`))).toMatchObject({
      kind: "forbidden",
    });
    expect(got).toHaveLength(1);
  });
});

it("GIVEN the default policy WHEN a local receiver is posted to THEN nothing reaches it", async () => {
  const { port, connections } = await receiver();
  const poster = aPoster({ policy: PUBLIC_TARGETS, lookupAll: resolver("127.0.0.1") });
  for (const host of ["127.0.0.1", "localhost", "hooks.example.com"])
    expect(await poster.post(request(`https://${host}:${port}/`))).toMatchObject({ kind: "forbidden" });
  expect(connections()).toBe(0);
});
