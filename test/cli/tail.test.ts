import type { Listening } from "../../cli/dev/listen.js";
import { JsonText, type Message, SluiceClient } from "../../lib/client/index.js";
import { type TerminalOptions, aTerminal } from "./a-terminal.js";
import { aServer } from "./a-server.js";

let server: Listening;
let client: SluiceClient;

beforeEach(async () => {
  server = await aServer();
  client = new SluiceClient({ apiUrl: server.url, auth: "none" });
  await client.putTopic("orders", { partitions: 1 });
});

afterEach(async () => {
  await server.close();
});

const publish = async (...messages: Message[]): Promise<void> =>
  void (await client.publish("orders", messages));

async function sluice(options: TerminalOptions = {}) {
  return (await aTerminal({ ...options, env: { SLUICE_API_URL: server.url } })).sluice;
}

it("GIVEN messages WHEN they are tailed THEN each is on a line, with its time, id and key", async () => {
  await publish(
    { body: { n: 1 }, key: "k" },
    { body: "two" },
    { bodyBase64: "AAEC", contentType: "image/png" },
  );
  const { code, stdout, stderr } = await (await sluice())("tail", "orders");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const lines = stdout
    .split("\n")
    .slice(0, -1)
    .map((line) => line.split("\t"));
  expect(lines.map(([time]) => /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(time ?? ""))).toEqual([true, true, true]);
  expect(lines.map((line) => line.slice(2))).toEqual([["key k", '{"n":1}'], ['"two"'], ["base64 AAEC"]]);
});

it("GIVEN --json WHEN they are tailed THEN it is one document, with where to go on", async () => {
  const run = await sluice();
  expect((await run("tail", "orders", "--json")).stdout).toMatch(
    /^\{"items":\[\],"nextCursor":"[\w-]+"\}\n$/,
  );
  await publish({ body: new JsonText('{\n"n": 12345678901234567890\n}') }, { body: 2 }, { body: 3 });
  const first = (await run("tail", "orders", "--json", "--limit", "2")).stdout;
  expect(first).toContain("12345678901234567890");
  const { items, nextCursor } = JSON.parse(first) as { items: unknown[]; nextCursor: string };
  expect(items).toHaveLength(2);
  const rest = await run("tail", "orders", "--json", "--cursor", nextCursor);
  expect((JSON.parse(rest.stdout) as { items: { body: unknown }[] }).items.map(({ body }) => body)).toEqual([
    3,
  ]);
});

it("GIVEN a key and a place WHEN they are tailed THEN only those are there", async () => {
  await publish({ body: 1, key: "a" }, { body: 2, key: "b" }, { body: 3, key: "a" });
  const run = await sluice();
  const bodies = async (...args: string[]) =>
    (await run("tail", "orders", ...args)).stdout
      .split("\n")
      .slice(0, -1)
      .map((line) => line.split("\t").at(-1));
  expect(await bodies("--key", "a")).toEqual(["1", "3"]);
  expect(await bodies("--from", "latest")).toEqual([]);
  expect(await bodies("--limit", "1")).toEqual(["1"]);
});

it("GIVEN -f WHEN messages come THEN each is printed, until Ctrl-C", async () => {
  await publish({ body: "old" });
  const stop = new AbortController();
  let text = "";
  let isThere = (): void => undefined;
  const printed = new Promise<void>((resolve) => (isThere = resolve));
  const onStdout = (more: string): void => {
    text += more;
    if (text.split("\n").length > 2) isThere();
  };
  const run = await sluice({ stopped: stop.signal, onStdout });
  const ended = run("tail", "orders", "-f", "--json", "--from", "earliest");
  await publish({ body: "new" });
  await printed;
  stop.abort();
  expect(await ended).toMatchObject({ code: 0, stderr: "" });
  const lines = text.split("\n").slice(0, -1);
  expect(lines.map((line) => (JSON.parse(line) as { body: unknown }).body)).toEqual(["old", "new"]);
});

it.each([
  [["none"], 1, 'there is no topic "none"'],
  [["orders", "--from", "earliest", "--cursor", "x"], 2, "cannot be combined"],
  [["orders", "--cursor", "x"], 1, "is not a cursor from this API"],
  [["orders", "--limit", "many"], 2, "must be a whole number"],
])("GIVEN sluice tail %j WHEN it is run THEN it fails with %i, and says why", async (args, code, words) => {
  const ran = await (await sluice())("tail", ...args);
  expect(ran.code).toBe(code);
  expect(ran.stderr).toContain(words);
});

it("GIVEN a reader that leaves WHEN more is printed THEN it ends quietly", async () => {
  await publish(...Array.from({ length: 250 }, (_, body) => ({ body })));
  const { code, stderr } = await (await sluice({ leavesAfterLines: 1 }))("tail", "orders");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
});
