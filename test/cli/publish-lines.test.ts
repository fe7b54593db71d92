import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Listening } from "../../cli/dev/listen.js";
import { type TerminalOptions, aTerminal } from "./a-terminal.js";
import { aServer } from "./a-server.js";

let server: Listening;

beforeEach(async () => {
  server = await aServer();
});

afterEach(async () => {
  await server.close();
});

/** A terminal with topics, a file of these lines, and a look at what is in a topic. */
async function withLines(lines: string, options: TerminalOptions = {}) {
  const terminal = await aTerminal({ ...options, env: { SLUICE_API_URL: server.url } });
  for (const topic of ["orders", "audit"]) {
    await terminal.sluice("topics", "create", topic);
    await terminal.sluice("subscriptions", "create", topic, "all");
  }
  await writeFile(join(terminal.directory, "lines.jsonl"), lines);
  const bodiesIn = async (topic: string): Promise<readonly string[]> => {
    const { stdout } = await terminal.sluice("receive", topic, "all", "--max-messages", "10", "--ack");
    return stdout
      .split("\n")
      .flatMap((line) => line.split("\t").slice(-1))
      .filter((body) => body !== "");
  };
  return { ...terminal, bodiesIn };
}

it("GIVEN lines for several topics WHEN they are published THEN each goes to its own, to the last digit", async () => {
  const lines = '{"topic":"orders","body":12345678901234567890}\n\n{"body":{"a":1},"tag":"t"}\n';
  const { sluice, bodiesIn } = await withLines(lines);
  const ran = await sluice("publish-lines", "lines.jsonl", "--topic", "audit");
  expect(ran).toMatchObject({ code: 0, stderr: "" });
  expect(ran.stdout).toMatch(/^orders\..+\naudit\..+\n$/);
  expect(await bodiesIn("orders")).toEqual(["12345678901234567890"]);
  expect(await bodiesIn("audit")).toEqual(['{"a":1}']);
});

it("GIVEN a line that the API refuses WHEN it is all or nothing THEN none is stored, else the others", async () => {
  const { sluice, bodiesIn } = await withLines('{"topic":"orders","body":1}\n{"topic":"audit"}\n');
  const refused = await sluice("publish-lines", "lines.jsonl", "--atomic");
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain("messages[1].body");
  expect(await bodiesIn("orders")).toEqual([]);
  const partly = await sluice("publish-lines", "lines.jsonl", "--json");
  expect(partly.code).toBe(1);
  expect(partly.stderr).toContain("1 of 2 messages were not stored");
  expect(JSON.parse(partly.stdout)).toMatchObject({
    messages: [{ id: expect.stringMatching(/^orders/) }, { error: { code: "invalid-request" } }],
  });
  expect(await bodiesIn("orders")).toEqual(["1"]);
});

it("GIVEN a key WHEN the same lines come again on standard input THEN they are stored once", async () => {
  const { sluice, bodiesIn } = await withLines("", { stdin: '{"topic":"orders","body":1}\n' });
  const args = ["publish-lines", "-", "--atomic", "--idempotency-key", "k"];
  const first = await sluice(...args);
  expect(first.code).toBe(0);
  expect((await sluice(...args)).stdout).toBe(first.stdout);
  expect(await bodiesIn("orders")).toEqual(["1"]);
});

it.each([
  ["nothing", "\n", "no messages"],
  ["no JSON", '{"topic":"orders","body":1}\nx\n', "line 2"],
  ["no object", "[1]\n", "line 1: is not a JSON object"],
  ["no topic", '{"body":1}\n', "names no topic"],
])(
  "GIVEN a file with %s WHEN it is published THEN that is a wrong usage, and says where",
  async (_, lines, said) => {
    const { sluice } = await withLines(lines);
    const ran = await sluice("publish-lines", "lines.jsonl");
    expect(ran.code).toBe(2);
    expect(ran.stderr).toContain(said);
  },
);
