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

async function terminal(options: TerminalOptions = {}) {
  const made = await aTerminal({ ...options, env: { SLUICE_API_URL: server.url } });
  await made.sluice("topics", "create", "orders");
  return made;
}
const SUBSCRIPTION = ["orders", "audit"];

it.each<[string, string, string | undefined]>([
  ["as an argument", '{"tag":["created"]}', undefined],
  ["in a file", "@filter.json", undefined],
  ["on standard input", "@-", '{"tag":["created"]}'],
])(
  "GIVEN a filter %s WHEN a subscription is created THEN it is shown, changed and taken away",
  async (_, given, stdin) => {
    const { sluice, directory } = await terminal(stdin === undefined ? {} : { stdin });
    await writeFile(join(directory, "filter.json"), '{\n  "tag": ["created"]\n}\n');
    const made = await sluice("subscriptions", "create", ...SUBSCRIPTION, "--filter", given);
    expect(made.code).toBe(0);
    expect(made.stdout).toContain('filter:\n  tag: ["created"]');
    const other = '{"tag":["paid"]}';
    const changed = await sluice("subscriptions", "update", ...SUBSCRIPTION, "--filter", other, "--json");
    expect(JSON.parse(changed.stdout)).toMatchObject({ filter: { tag: ["paid"] } });
    const again = await sluice(
      "subscriptions",
      "update",
      ...SUBSCRIPTION,
      "--ack-deadline-seconds",
      "7",
      "--json",
    );
    expect(JSON.parse(again.stdout)).toMatchObject({ ackDeadlineSeconds: 7, filter: { tag: ["paid"] } });
    const none = await sluice("subscriptions", "update", ...SUBSCRIPTION, "--no-filter", "--json");
    expect(JSON.parse(none.stdout)).not.toHaveProperty("filter");
  },
);

it.each<[string, readonly string[], number, string]>([
  ["a filter that is not JSON", ["--filter", "{tag}"], 2, "the filter: the text is not valid JSON"],
  ["a file that is not there", ["--filter", "@none.json"], 1, "the file cannot be read"],
  ["nothing on standard input", ["--filter", "@-"], 2, "the filter is missing"],
  ["a filter that cannot match", ["--filter", '{"key":[5]}'], 1, "filter.key[0]"],
  ["nothing to change", [], 2, "nothing to change"],
])("GIVEN %s WHEN a subscription is updated THEN it says so", async (_, options, code, text) => {
  const { sluice } = await terminal();
  await sluice("subscriptions", "create", ...SUBSCRIPTION);
  const refused = await sluice("subscriptions", "update", ...SUBSCRIPTION, ...options);
  expect(refused.code).toBe(code);
  expect(refused.stderr).toContain(text);
});
