import { EventEmitter } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { type LookupAll, checkConnected } from "../../../lib/adapters/https/connections.js";
import { Poster } from "../../../lib/adapters/https/post.js";
import {
  PUBLIC_TARGETS,
  type TargetPolicy,
  allowedTarget,
} from "../../../lib/domain/webhook/target-policy.js";
import { FORBIDDEN_URLS } from "../../domain/webhook/forbidden-urls.js";

/** Resolves a name of the corpus; any other would be a way around it. */
const lookupAll: LookupAll = (host, _options, callback) => {
  const found = FORBIDDEN_URLS.find(({ url, resolves }) => resolves && new URL(url).hostname === host);
  const addresses = found?.resolves ?? ["8.8.8.8"];
  callback(
    null,
    addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 })),
  );
};

const request = (url: string) => ({
  url,
  headers: {},
  body: Buffer.from("{}"),
  connectTimeoutMs: 1_000,
  timeoutMs: 1_000,
});

it.each(FORBIDDEN_URLS.map(({ why, url }) => [why, url]))(
  "connects to nothing that is %s: %j",
  async (_why, url) => {
    const poster = new Poster({ policy: PUBLIC_TARGETS, lookupAll });
    expect(await poster.post(request(url))).toMatchObject({ kind: "forbidden" });
    poster.close();
  },
);

describe("a name that leads elsewhere from one lookup to the next", () => {
  it("is connected to at the address that was checked, after one lookup", async () => {
    // GIVEN a server at the address that may be used, and a name that leads there every other time
    const connected: string[] = [];
    const server = createServer((socket) => {
      connected.push(socket.localAddress ?? "");
      socket.end("HTTP/1.1 204 No Content\r\n\r\n");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const local = allowedTarget("127.0.0.1/32");
    const name = allowedTarget(`rebinding.example.com:${port}`);
    if (!local || !name) throw new Error("both are entries");
    const policy: TargetPolicy = { allowPrivate: false, allowed: [local, name] };
    let lookups = 0;
    const turning: LookupAll = (_host, _options, callback) =>
      callback(null, [{ address: lookups++ % 2 === 0 ? "127.0.0.1" : "127.0.0.2", family: 4 }]);
    const poster = new Poster({ policy, lookupAll: turning });
    // WHEN
    const first = await poster.post(request(`https://rebinding.example.com:${port}/`));
    const second = await poster.post(request(`https://rebinding.example.com:${port}/`));
    // THEN the first got as far as TLS with the address that was checked, the second nowhere
    expect(first).toMatchObject({ kind: "not-connected" });
    expect(second).toEqual({ kind: "forbidden", error: expect.stringContaining("loopback") });
    expect(lookups).toBe(2);
    expect(connected).toEqual(["127.0.0.1"]);
    poster.close();
    server.close();
  });

  it("is cut off before anything is sent if the connection leads elsewhere all the same", () => {
    const destroyed: (Error | undefined)[] = [];
    const socket = Object.assign(new EventEmitter(), {
      remoteAddress: "10.0.0.1",
      destroy: (error?: Error) => destroyed.push(error),
    });
    checkConnected(socket as unknown as Socket, PUBLIC_TARGETS, { host: "example.com", port: 443 });
    socket.emit("connect");
    expect(destroyed.map((error) => error?.message)).toEqual([expect.stringContaining("private")]);
  });

  it.each(["8.8.8.8", "2606:4700:4700::1111"])("is left alone where it leads to %s", (remoteAddress) => {
    const destroyed: unknown[] = [];
    const socket = Object.assign(new EventEmitter(), { remoteAddress, destroy: () => destroyed.push(1) });
    checkConnected(socket as unknown as Socket, PUBLIC_TARGETS, { host: "example.com", port: 443 });
    socket.emit("connect");
    expect(destroyed).toEqual([]);
  });
});
