import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConfigServer, type Disk, TOPIC, diskAt } from "../../../examples/config/server.js";
import { runConfig } from "../../../examples/config/scenario.js";
import { anApiServer } from "../an-api-server.js";

let server: Awaited<ReturnType<typeof anApiServer>>;
let disk: Disk;

beforeEach(async () => {
  server = await anApiServer();
  await server.client.putTopic(TOPIC, { ordering: "key", partitions: 4 });
  disk = diskAt(join(await mkdtemp(join(tmpdir(), "sluice-config-")), "server.json"));
});
afterEach(() => server.close());

const change = (key: string, body: unknown) => server.client.publish(TOPIC, [{ key, body }]);
const start = (on = disk) => ConfigServer.start(server.client, on, () => undefined);

it("GIVEN a server that restarts WHEN it fetches THEN it goes on from its disk", async () => {
  await change("theme", "light");
  await change("theme", "dark");
  const before = await start();
  expect(await before.fetch()).toBe(2);
  await change("banner", "sale");
  const after = await start();
  expect(after.settings).toEqual({ theme: "dark" });
  expect(await after.fetch()).toBe(1);
  expect(after.settings).toEqual({ theme: "dark", banner: "sale" });
  expect(await after.fetch()).toBe(0);
});

it("GIVEN a server that dies before it has kept what it heard WHEN it is back THEN it hears of it again", async () => {
  await change("theme", "dark");
  const dying = await start({ ...disk, save: () => Promise.reject(new Error("a power cut")) });
  await expect(dying.fetch()).rejects.toThrow("a power cut");
  const after = await start();
  expect(after.settings).toEqual({});
  await after.fetch();
  expect(after.settings).toEqual({ theme: "dark" });
});

it("GIVEN servers that restart and crash WHEN settings change THEN all are equal in the end", async () => {
  const options = { changes: 40, servers: 6, gapMs: 5, everyMs: 60, say: () => undefined };
  const report = await runConfig(server.client, options);
  expect(report).toMatchObject({ servers: 6, equal: 6, changes: 40 });
  expect(report.fetches).toBeGreaterThan(6);
});
