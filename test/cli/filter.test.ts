import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Listening } from "../../cli/dev/listen.js";
import { type TerminalOptions, aTerminal } from "./a-terminal.js";
import { aServer } from "./a-server.js";

let server: Listening;
beforeEach(async () => {
  server = await aServer();
});
afterEach(() => server.close());

const terminal = (options: TerminalOptions = {}) =>
  aTerminal({ ...options, env: { SLUICE_API_URL: server.url } });
const FILTER = '{"tag":["a"]}';

it("GIVEN a filter and messages as arguments WHEN it is tested THEN each has its line", async () => {
  const { sluice } = await terminal();
  const { code, stdout } = await sluice("filter", "test", FILTER, '{"tag":"a"}', '{"tag":"b"}');
  expect(code).toBe(0);
  expect(stdout).toBe('matches\ndoes not match: tag is "b", but the filter wants "a"\n');
});

it.each([
  ["one a line", '{"tag":"a"}\n\n{"tag":"b"}\n', [true, false]],
  ["a list", '[{"tag":"a"},\n{"tag":"b"}]', [true, false]],
  ["one", '{\n"tag":"a"}', [true]],
  ["what receive --json prints", '{"messages":[{"tag":"a","receipt":"x"},{"tag":"b"}]}', [true, false]],
])("GIVEN messages on standard input, %s WHEN it is tested THEN all are", async (_, stdin, expected) => {
  const { sluice } = await terminal({ stdin });
  const { stdout } = await sluice("filter", "test", FILTER, "--json");
  const { results } = JSON.parse(stdout) as { results: { matches: boolean }[] };
  expect(results.map(({ matches }) => matches)).toEqual(expected);
});

it("GIVEN files WHEN a filter is tested THEN both are read, to the last digit", async () => {
  const { sluice, directory } = await terminal();
  await writeFile(join(directory, "filter.json"), '{"body.n":[9007199254740993]}');
  await writeFile(
    join(directory, "messages.jsonl"),
    '{"body":{"n":9007199254740993}}\n{"body":{"n":9007199254740992}}\n',
  );
  const files = ["--filter-file", "filter.json"];
  const { stdout } = await sluice("filter", "test", ...files, "--message-file", "messages.jsonl");
  expect(stdout.split("\n").map((line) => line.split(":")[0])).toEqual(["matches", "does not match", ""]);
  expect((await sluice("filter", "test", ...files, '{"body":{"n":1}}')).stdout).toMatch(/^does not match/);
});

it.each([
  ["no filter", [], undefined, "the filter is missing"],
  ["no messages", [FILTER], undefined, "the messages are missing"],
  ["an empty input", [FILTER], "\n", "the input is empty"],
  ["a filter that is not JSON", ["{tag}", "{}"], undefined, "the filter: the text is not valid JSON"],
  ["a message that is not JSON", [FILTER, "{}", "{tag}"], undefined, "message 2: the text is not valid JSON"],
  ["messages twice", [FILTER, "{}", "--message-file", "a"], undefined, "given twice"],
  ["one input for both", ["--filter-file", "-"], "{}", "not both"],
])("GIVEN %s WHEN it is tested THEN the usage is wrong, and why", async (_, args, stdin, told) => {
  const { sluice } = await terminal(stdin === undefined ? {} : { stdin });
  const { code, stderr } = await sluice("filter", "test", ...args);
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(told) });
});

it("GIVEN a wrong filter WHEN it is tested THEN the mistake and its place are told", async () => {
  const { sluice } = await terminal();
  const { code, stderr } = await sluice("filter", "test", '{"body":{"a":[{"wildcard":"**"}]}}', "{}");
  expect(code).toBe(1);
  expect(stderr).toContain('filter.body.a[0].wildcard: has "**" at character 1');
});

it("GIVEN a file that is not there WHEN it is tested THEN it says so", async () => {
  const { sluice } = await terminal();
  const { code, stderr } = await sluice("filter", "test", "--filter-file", "none.json", "{}");
  expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining("the file cannot be read") });
});
