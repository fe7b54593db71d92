import { mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { aTerminal } from "./a-terminal.js";

/** Nothing listens there. */
const NOBODY = "http://127.0.0.1:9";

it.each([
  [
    ["--help"],
    /topics[\s\S]*subscriptions[\s\S]*publish[\s\S]*receive[\s\S]*ack[\s\S]*retry[\s\S]*extend[\s\S]*seek[\s\S]*dev/,
  ],
  [["topics", "--help"], /list[\s\S]*get[\s\S]*create[\s\S]*delete/],
  [["receive", "--help"], /--ack[\s\S]*--json[\s\S]*--api-url/],
  [["seek", "--help"], /<topic> <subscription> <to>[\s\S]*earliest, latest[\s\S]*--json/],
])("explains itself: %j", async (args, expected) => {
  const { sluice } = await aTerminal();
  const { code, stdout, stderr } = await sluice(...args);
  expect([code, stderr]).toEqual([0, ""]);
  expect(stdout).toMatch(expected);
});

it.each([
  ["nothing at all", []],
  ["an unknown command", ["nope"]],
  ["half a command", ["topics"]],
  ["an unknown half", ["topics", "nope"]],
  ["a missing argument", ["topics", "get"]],
  ["too many arguments", ["topics", "get", "a", "b"]],
  ["an unknown option", ["topics", "list", "--colour"]],
  ["an option without its value", ["topics", "create", "orders", "--partitions"]],
  ["a word for a number", ["topics", "create", "orders", "--partitions", "many"]],
  ["an unknown choice", ["topics", "create", "orders", "--ordering", "strict"]],
  ["an unknown way to sign", ["--auth", "basic", "topics", "list"]],
  ["something that is not a URL", ["--api-url", "nowhere", "topics", "list"]],
  ["a URL of something else", ["--api-url", "ftp://x", "topics", "list"]],
  ["a body that is not valid JSON", ["publish", "orders", "{"]],
  ["no body", ["publish", "orders"]],
  ["an attribute without a value", ["publish", "orders", "1", "--attribute", "region"]],
  ["a seek to nowhere", ["seek", "orders", "audit"]],
  ["a name with a slash", ["topics", "get", "../health"]],
  ["a body beside a file", ["publish", "orders", "1", "--file", "order.json"]],
  ["text of a file", ["publish", "orders", "--text", "--file", "order.json"]],
  ["a file on a terminal", ["publish", "orders", "--file", "-"]],
  ["a content type of JSON", ["publish", "orders", "1", "--content-type", "image/png"]],
  ["bytes of the line that are not text", ["publish", "orders", "--text", "caf\uFFFD"]],
  ["raw JSON", ["receive", "orders", "audit", "--raw", "--json"]],
  ["two raw messages", ["receive", "orders", "audit", "--raw", "--max-messages", "2"]],
  ["no receipt", ["ack", "orders", "audit"]],
  ["a deadline that is missing", ["extend", "orders", "audit", "receipt"]],
  ["a word for a port", ["dev", "--port", "http"]],
])("exits 2 for %s, and says why", async (_, args) => {
  const { sluice } = await aTerminal({ env: { SLUICE_API_URL: NOBODY } });
  const { code, stdout, stderr } = await sluice(...args);
  expect([code, stdout]).toEqual([2, ""]);
  expect(stderr).not.toBe("");
});

it("says plainly what an option has to be", async () => {
  const { sluice } = await aTerminal({ env: { SLUICE_API_URL: NOBODY } });
  const { stderr } = await sluice("topics", "create", "orders", "--ordering", "strict");
  expect(stderr).toBe('sluice: ordering must be "none" or "key"\n');
});

it("says where a body is not valid JSON, and how to publish a plain string", async () => {
  const { sluice } = await aTerminal({ env: { SLUICE_API_URL: NOBODY } });
  const { stderr } = await sluice("publish", "orders", "{'a':1}");
  expect(stderr).toBe(
    "sluice: the text is not valid JSON at line 1, column 2: put a field name in double quotes here " +
      "(for a plain string: --text)\n",
  );
});

describe("which API is meant", () => {
  it("is not known where nothing says so", async () => {
    const { sluice } = await aTerminal();
    const { code, stderr } = await sluice("topics", "list");
    expect(code).toBe(2);
    expect(stderr).toMatch(/--api-url.*SLUICE_API_URL.*local\.json/);
  });

  it.each([
    ["the option first", ["--api-url", "http://127.0.0.1:1"], "http://127.0.0.1:2", 1],
    ["the environment next", [], "http://127.0.0.1:2", 2],
    ["the local deployment last", [], undefined, 3],
  ])("is said by %s", async (_, args, variable, port) => {
    const { directory, sluice } = await aTerminal({ env: variable ? { SLUICE_API_URL: variable } : {} });
    await mkdir(join(directory, ".sluice"));
    await writeFile(join(directory, ".sluice", "local.json"), '{"apiUrl":"http://127.0.0.1:3"}');
    const { code, stderr } = await sluice(...args, "subscriptions", "delete", "orders", "audit");
    expect(code).toBe(1);
    expect(stderr).toContain(`127.0.0.1:${port}`);
  });

  it("is not guessed where the local file is broken", async () => {
    const { directory, sluice } = await aTerminal();
    await mkdir(join(directory, ".sluice"));
    await writeFile(join(directory, ".sluice", "local.json"), "{");
    expect(await sluice("topics", "list")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("is not valid JSON") as string,
    });
  });
});

describe("an API key", () => {
  it("GIVEN one in the environment WHEN a command calls the API THEN it goes along", async () => {
    const keys: unknown[] = [];
    const server = createServer((request, response) => {
      keys.push(request.headers["x-api-key"]);
      response.setHeader("content-type", "application/json").end('{"items":[]}');
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    for (const env of [{ SLUICE_API_KEY: "k3y" }, {}]) {
      const { sluice } = await aTerminal({ env: { SLUICE_API_URL: `http://127.0.0.1:${port}`, ...env } });
      expect(await sluice("topics", "list")).toMatchObject({ code: 0, stderr: "" });
    }
    server.close();
    server.closeAllConnections();
    expect(keys).toEqual(["k3y", undefined]);
  });

  it("GIVEN one that is none WHEN a command calls the API THEN it says so, and does not show it", async () => {
    const { sluice } = await aTerminal({ env: { SLUICE_API_URL: NOBODY, SLUICE_API_KEY: "k 3 y" } });
    const { code, stderr } = await sluice("topics", "list");
    expect([code, stderr]).toEqual([2, expect.stringContaining("is not an API key")]);
    expect(stderr).not.toContain("k 3 y");
  });
});
