import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { aTerminal } from "./a-terminal.js";

/** `sluice dev` until `work` is done. */
async function served(args: readonly string[], work: (apiUrl: string) => Promise<void>): Promise<unknown> {
  const stop = new AbortController();
  let onUrl: (url: string) => void = () => undefined;
  const url = new Promise<string>((resolve) => {
    onUrl = resolve;
  });
  const { sluice } = await aTerminal({ stopped: stop.signal, onStdout: onUrl });
  const running = sluice("dev", ...args);
  try {
    await work((await url).trim());
  } finally {
    stop.abort();
  }
  return await running;
}

it("serves the API until it is stopped", async () => {
  const ran = await served(["--port", "0"], async (apiUrl) => {
    const answer = await fetch(`${apiUrl}/v1/health`);
    expect([answer.status, await answer.json()]).toEqual([200, { status: "ok" }]);
  });
  expect(ran).toMatchObject({
    code: 0,
    stderr: expect.stringContaining("export SLUICE_API_URL=http") as string,
  });
});

it("gives its URL as JSON where that is asked for", async () => {
  await served(["--port", "0", "--json"], async (text) => {
    const { apiUrl } = JSON.parse(text) as { apiUrl: string };
    expect((await fetch(`${apiUrl}/v1/openapi.json`)).status).toBe(200);
  });
});

it("is stopped in the middle of a long poll", async () => {
  let poll: Promise<unknown> = Promise.resolve();
  await served(["--port", "0"], async (apiUrl) => {
    const { sluice } = await aTerminal({ env: { SLUICE_API_URL: apiUrl } });
    await sluice("topics", "create", "orders");
    await sluice("subscriptions", "create", "orders", "audit");
    const init = { method: "POST", body: '{"waitSeconds":20}' };
    poll = fetch(`${apiUrl}/v1/topics/orders/subscriptions/audit/receive`, init).catch(() => "cut off");
  });
  expect(await poll).toBe("cut off");
});

it("hands a message to a poll that waits for it", async () => {
  await served(["--port", "0"], async (apiUrl) => {
    const { sluice } = await aTerminal({ env: { SLUICE_API_URL: apiUrl } });
    await sluice("topics", "create", "orders");
    await sluice("subscriptions", "create", "orders", "audit");
    const receiving = sluice("receive", "orders", "audit", "--wait-seconds", "20", "--ack");
    await sluice("publish", "orders", '"late"');
    expect((await receiving).stdout).toContain('"late"');
  });
});

it("says in one sentence that its port is taken", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => other.once("listening", resolve));
  const { port } = other.address() as AddressInfo;
  const { sluice } = await aTerminal();
  const { code, stderr } = await sluice("dev", "--port", String(port));
  expect([code, stderr]).toEqual([1, `sluice: port ${port} is taken: give another --port\n`]);
  other.close();
});
