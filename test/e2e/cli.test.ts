import { join } from "node:path";
import { ROOT } from "../../local/paths.js";
import { run } from "../../local/process.js";
import { unique } from "../contract/builders.js";
import { type DeployedQueue, deployment } from "./a-deployment.js";

jest.setTimeout(180_000);

let queue: DeployedQueue;
beforeAll(async () => {
  queue = (await deployment()).queue("Main");
});

/** Runs `sluice` in a process of its own; what it prints. */
const sluice = (...args: readonly string[]): Promise<string> => {
  const tsx = join(ROOT, "node_modules", "tsx", "dist", "cli.mjs");
  const env = { ...process.env, SLUICE_API_URL: queue.apiUrl };
  return run(process.execPath, [tsx, join(ROOT, "cli", "main.ts"), ...args], { env });
};

it("makes a topic, publishes to it and receives from it", async () => {
  // GIVEN
  const topic = unique("cli");
  await sluice("topics", "create", topic);
  await sluice("subscriptions", "create", topic, "reader");
  // WHEN
  const published = await sluice("publish", topic, '{"orderId":7}', "--tag", "created", "--json");
  const received = await sluice("receive", topic, "reader", "--wait-seconds", "10", "--ack", "--json");
  // THEN
  const { id } = JSON.parse(published) as { id: string };
  const { messages } = JSON.parse(received) as { messages: readonly unknown[] };
  expect(messages).toEqual([
    expect.objectContaining({ id, body: { orderId: 7 }, tag: "created", attempt: 1 }),
  ]);
  expect(await queue.client.receive(topic, "reader")).toEqual([]);
});

it("fails with one sentence that names the problem", async () => {
  const topic = unique("none");
  await expect(sluice("publish", topic, "1")).rejects.toThrow(
    `topic-not-found: there is no topic "${topic}"`,
  );
});
