import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Listening } from "../../cli/dev/listen.js";
import { type Terminal, type TerminalOptions, aTerminal } from "./a-terminal.js";
import { aServer } from "./a-server.js";

let server: Listening;

beforeEach(async () => {
  server = await aServer();
});

afterEach(async () => {
  await server.close();
});

async function withOrders(options: TerminalOptions = {}): Promise<Terminal> {
  const terminal = await aTerminal({ ...options, env: { SLUICE_API_URL: server.url } });
  await terminal.sluice("topics", "create", "orders");
  await terminal.sluice("subscriptions", "create", "orders", "audit");
  return terminal;
}

/** Neither UTF-8 nor any other text. */
const BYTES = Buffer.concat([
  Buffer.from([0x89, 0x50, 0x4e, 0x47, 0xff, 0xfe, 0x00, 0x0a]),
  randomBytes(5_000),
]);

it.each([
  ["picture.png", [], "image/png"],
  ["picture", [], "application/octet-stream"],
  ["picture.png", ["--content-type", "image/x-other"], "image/x-other"],
])(
  "GIVEN the file %s with %j WHEN it is published THEN it comes back to the byte as %s",
  async (name, args, type) => {
    const { directory, sluice } = await withOrders();
    await writeFile(join(directory, name), BYTES);
    expect(await sluice("publish", "orders", "--file", name, ...args)).toMatchObject({ code: 0, stderr: "" });
    const shown = await sluice("receive", "orders", "audit", "--ack-deadline-seconds", "1", "--json");
    const { messages } = JSON.parse(shown.stdout) as {
      messages: { contentType: string; bodyBase64: string }[];
    };
    expect(messages.map(({ contentType }) => contentType)).toEqual([type]);
    expect(Buffer.from(messages[0]?.bodyBase64 ?? "", "base64").equals(BYTES)).toBe(true);
    await sluice("seek", "orders", "audit", "earliest");
    const raw = await sluice("receive", "orders", "audit", "--raw", "--ack");
    expect(raw.code).toBe(0);
    expect(raw.bytes.equals(BYTES)).toBe(true);
  },
);

it("GIVEN bytes on standard input WHEN they are published as a file THEN they come back to the byte", async () => {
  const { sluice } = await withOrders({ stdin: BYTES });
  await sluice("publish", "orders", "--file", "-");
  expect((await sluice("receive", "orders", "audit", "--raw")).bytes.equals(BYTES)).toBe(true);
});

it.each([[["--text"]], [[]]])(
  "GIVEN bytes on standard input WHEN they are published with %j THEN they are refused",
  async (args) => {
    const { sluice } = await withOrders({ stdin: BYTES });
    const { code, stdout, stderr } = await sluice("publish", "orders", ...args);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toBe("sluice: the body is not UTF-8 text: give its bytes with --file PATH, or --file -\n");
  },
);

it("GIVEN a file that is not there WHEN it is published THEN one sentence says so", async () => {
  const { sluice } = await withOrders();
  const { code, stderr } = await sluice("publish", "orders", "--file", "nowhere.png");
  expect(code).toBe(1);
  expect(stderr).toMatch(/^sluice: the file cannot be read: .*nowhere\.png.*\n$/);
});

it("GIVEN words in UTF-8 WHEN they are published as text THEN they come back to the byte", async () => {
  const words = "\uFEFFgrüße 👋\n";
  const { sluice } = await withOrders({ stdin: words });
  await sluice("publish", "orders", "--text");
  const { stdout } = await sluice("receive", "orders", "audit", "--json");
  expect(JSON.parse(stdout)).toMatchObject({ messages: [{ body: words }] });
});

it("GIVEN JSON over several lines WHEN it is received THEN it is one line of a list", async () => {
  const { sluice } = await withOrders({ stdin: '{\n\t"a": 1,\r\n\t"b": "x\\ny"\n}\n' });
  await sluice("publish", "orders");
  const { stdout } = await sluice("receive", "orders", "audit", "--ack");
  expect(stdout.trimEnd().split("\n")).toHaveLength(1);
  expect(JSON.parse(stdout.trimEnd().split("\t")[2] ?? "")).toEqual({ a: 1, b: "x\ny" });
});
