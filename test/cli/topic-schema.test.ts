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

const SCHEMA = '{"type":"object","required":["order"]}';

it.each<[string, string, string | undefined]>([
  ["as an argument", SCHEMA, undefined],
  ["in a file", "@schema.json", undefined],
  ["on standard input", "@-", SCHEMA],
])(
  "GIVEN a schema %s WHEN a topic is created THEN it holds, and can be taken away",
  async (_, given, stdin) => {
    const { sluice, directory } = await terminal(stdin === undefined ? {} : { stdin });
    await writeFile(join(directory, "schema.json"), SCHEMA);
    const made = await sluice("topics", "create", "orders", "--schema", given, "--json");
    expect(JSON.parse(made.stdout)).toMatchObject({ schema: JSON.parse(SCHEMA) as unknown });
    const refused = await sluice("publish", "orders", "{}");
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining("body.order: is required")]);
    const kept = await sluice("topics", "update", "orders", "--retention-seconds", "7200", "--json");
    expect(JSON.parse(kept.stdout)).toMatchObject({ retentionSeconds: 7_200, schema: { type: "object" } });
    const none = await sluice("topics", "update", "orders", "--no-schema", "--json");
    expect(JSON.parse(none.stdout)).not.toHaveProperty("schema");
    expect((await sluice("publish", "orders", "{}")).code).toBe(0);
  },
);

it.each<[string, readonly string[], number, string]>([
  ["a schema that is not JSON", ["--schema", "{type}"], 2, "the schema: the text is not valid JSON"],
  ["a file that is not there", ["--schema", "@none.json"], 1, "the file cannot be read"],
  ["nothing on standard input", ["--schema", "@-"], 2, "the schema is missing"],
  ["a wrong schema", ["--schema", '{"type":"objekt"}'], 1, "schema.type"],
  ["nothing to change", [], 2, "nothing to change"],
])("GIVEN %s WHEN a topic is updated THEN it says so", async (_, options, code, text) => {
  const { sluice } = await terminal();
  await sluice("topics", "create", "orders");
  const failed = await sluice("topics", "update", "orders", ...options);
  expect([failed.code, failed.stderr]).toEqual([code, expect.stringContaining(text)]);
});

it("GIVEN other settings WHEN a topic is updated THEN they are changed, and the others stay", async () => {
  const { sluice } = await terminal();
  await sluice("topics", "create", "orders", "--description", "what was ordered");
  const changed = await sluice(
    ...["topics", "update", "orders", "--partitions", "32", "--dedup-window-seconds", "60", "--json"],
  );
  expect(JSON.parse(changed.stdout)).toMatchObject({
    ...{ partitions: 32, dedupWindowSeconds: 60, description: "what was ordered" },
  });
});
