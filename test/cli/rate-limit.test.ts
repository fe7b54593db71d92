import type { Listening } from "../../cli/dev/listen.js";
import { aTerminal } from "./a-terminal.js";
import { aServer } from "./a-server.js";

let server: Listening;

beforeEach(async () => {
  server = await aServer();
});

afterEach(async () => {
  await server.close();
});

it.each([
  ["5", 1, "rateLimitPerSecond: is for push subscriptions"],
  ["many", 2, "must be a number of messages a second"],
])("GIVEN a subscription that is pulled THEN a rate limit of %s is refused", async (rate, code, text) => {
  const { sluice } = await aTerminal({ env: { SLUICE_API_URL: server.url } });
  await sluice("topics", "create", "orders");
  const made = await sluice("subscriptions", "create", "orders", "cart", "--rate-limit-per-second", rate);
  expect([made.code, made.stdout]).toEqual([code, ""]);
  expect(made.stderr).toContain(text);
});

it("GIVEN a subscription that is pulled THEN a batch window is refused", async () => {
  const { sluice } = await aTerminal({ env: { SLUICE_API_URL: server.url } });
  await sluice("topics", "create", "orders");
  const made = await sluice("subscriptions", "create", "orders", "cart", "--batch-window-seconds", "5");
  expect([made.code, made.stdout]).toEqual([1, ""]);
  expect(made.stderr).toContain("batch.windowSeconds: is for push subscriptions");
});
