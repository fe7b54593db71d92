import { listen } from "../../cli/dev/listen.js";
import { createApp } from "../../lib/http/app.js";
import { type Api, AUDIT, ORDERS, anApiWithTopic } from "../http/an-api.js";
import { type Ran, aTerminal } from "./a-terminal.js";

const LIST = ["subscriptions", "set-aside", "orders"];

/** Runs each command line against the API, one after the other. */
async function runEach(api: Api, ...lines: readonly (readonly string[])[]): Promise<readonly Ran[]> {
  const server = await listen(createApp(api.engine), 0);
  try {
    const { sluice } = await aTerminal({ env: { SLUICE_API_URL: server.url } });
    const ran: Ran[] = [];
    for (const line of lines) ran.push(await sluice(...line));
    return ran;
  } finally {
    await server.close();
  }
}

describe("what was set aside", () => {
  it("is nothing where all can be read, and nobody's where there is no such subscription", async () => {
    const api = await anApiWithTopic();
    const [none, json, missing] = await runEach(
      api,
      [...LIST, "audit"],
      [...LIST, "audit", "--json"],
      [...LIST, "none"],
    );
    expect(none).toMatchObject({ code: 0, stdout: "", stderr: "" });
    expect(JSON.parse(json?.stdout ?? "")).toEqual({ items: [] });
    expect(missing).toMatchObject({ code: 1, stdout: "" });
  });

  it("is listed over all pages, as a table and as JSON", async () => {
    // GIVEN more slots than a page has, whose bytes are damaged
    const api = await anApiWithTopic();
    const slots = 101;
    for (let at = 0; at < slots; at++)
      await api.send("POST", `${ORDERS}/messages`, { messages: [{ body: at }, { body: at }] });
    for (const [key, log] of api.storage.logs)
      api.storage.logs.set(
        key,
        log.map((slot) => ({ ...slot, checksum: "damaged" })),
      );
    await api.send("POST", `${AUDIT}/receive`, { maxMessages: 1_000 });
    // WHEN
    const [table, json] = await runEach(api, [...LIST, "audit"], [...LIST, "audit", "--json"]);
    // THEN
    const rows = table?.stdout.trimEnd().split("\n") ?? [];
    expect(rows).toHaveLength(slots);
    expect(rows[0]).toMatch(
      /^orders\.[\w-]+\.0\.\d+\tmessages 2\t2026-08-01T00:00:00\.000Z\tchecksum-mismatch$/,
    );
    const { items } = JSON.parse(json?.stdout ?? "") as { items: { firstId: string }[] };
    expect(items.map(({ firstId }) => firstId)).toEqual(rows.map((row) => row.split("\t")[0]));
  });
});
