import { listen } from "../../cli/dev/listen.js";
import { createApp } from "../../lib/http/app.js";
import { relay } from "../../lib/operations/relay/relay.js";
import { ORDERS, anApi } from "../http/an-api.js";
import { aService, shardsOf } from "../operations/an-outbox.js";
import { type Ran, aTerminal } from "./a-terminal.js";

async function withOutbox(use: (outbox: (...line: readonly string[]) => Promise<Ran>) => Promise<void>) {
  const api = anApi();
  await api.send("PUT", ORDERS, { ordering: "key" });
  const write = aService(api.storage, () => api.clock.nowMs());
  write("orders", "refused");
  await relay(api.engine, shardsOf("orders"), { untilMs: api.clock.nowMs() + 1_000 });
  await api.send("PATCH", ORDERS, { paused: "publish" });
  await api.clock.advance(3_000);
  write("orders", "waiting", { key: "k" });
  const server = await listen(createApp(api.engine), 0);
  try {
    const { sluice } = await aTerminal({ env: { SLUICE_API_URL: server.url } });
    await use((...line) => sluice("outbox", ...line));
  } finally {
    await server.close();
  }
}

const rows = ({ stdout }: Ran): readonly (readonly string[])[] =>
  stdout
    .trimEnd()
    .split("\n")
    .map((line) => line.split(/ {2,}/).slice(1));

it("shows what was refused, then what waits, with why", async () => {
  await withOutbox(async (outbox) => {
    expect(rows(await outbox("orders"))).toEqual([
      ["KEY", "STATE", "WRITTEN", "WHY"],
      ["-", "refused", "2026-08-01T00:00:00.000Z", 'key is required: the topic\'s ordering is "key"'],
      ["k", "waiting", "2026-08-01T00:00:03.000Z", "publishing to the topic is paused"],
    ]);
    expect(JSON.parse((await outbox("orders", "--state", "waiting", "--json")).stdout)).toMatchObject({
      items: [{ key: "k", waitsFor: "pause" }],
    });
  });
});

it("says so where there is nothing, and refuses a state that it does not know", async () => {
  await withOutbox(async (outbox) => {
    const nothing = await outbox("bills");
    expect([nothing.code, nothing.stdout, nothing.stderr]).toEqual([
      0,
      "",
      "no waiting or refused messages in the outbox of bills\n",
    ]);
    expect((await outbox("orders", "--state", "gone")).code).toBe(2);
  });
});
