import { Webhook } from "standardwebhooks";
import type { Listening } from "../../cli/dev/listen.js";
import { type Receiver, aReceiver, replies } from "../adapters/https/a-receiver.js";
import { type Terminal, aTerminal } from "./a-terminal.js";
import { aServer } from "./a-server.js";

let server: Listening;
let receiver: Receiver;
let terminal: Terminal;

async function serve(privateTargets: boolean): Promise<void> {
  server = await aServer({ privateTargets });
  terminal = await aTerminal({ env: { SLUICE_API_URL: server.url } });
  await terminal.sluice("topics", "create", "orders");
}

beforeEach(async () => {
  receiver = await aReceiver();
  await serve(true);
});

afterEach(async () => {
  await server.close();
  await receiver.close();
});

const url = (): string => `http://127.0.0.1:${receiver.port}/hook`;
const create = (...more: readonly string[]) =>
  terminal.sluice("subscriptions", "create", "orders", "hook", "--https", url(), ...more);

/** What the receiver gets, as it comes. */
async function arrived(count: number): Promise<Receiver["got"]> {
  while (receiver.got.length < count) await new Promise((resolve) => setTimeout(resolve, 10));
  return receiver.got;
}

it("delivers what is published to a webhook, signed with the secret that was printed", async () => {
  // GIVEN
  const made = await create(
    "--header",
    "X-Key: k1",
    "--format",
    "message",
    "--timeout-seconds",
    "7",
    "--json",
  );
  const { secret, target } = JSON.parse(made.stdout) as { secret: string; target: object };
  expect([made.code, target]).toMatchObject([0, { url: url(), headerNames: ["x-key"], timeoutSeconds: 7 }]);
  // WHEN
  await terminal.sluice("publish", "orders", '{"orderId":7}');
  // THEN
  const [got] = await arrived(1);
  expect(got?.headers).toMatchObject({ "x-key": "k1", "sluice-topic": "orders", "sluice-attempt": "1" });
  const headers = got?.headers as Record<string, string>;
  expect(new Webhook(secret).verify(got?.body ?? "", headers)).toMatchObject({ body: { orderId: 7 } });
});

it("delivers again what failed", async () => {
  await receiver.close();
  let failures = 1;
  receiver = await aReceiver((got, ...rest) => replies(failures-- > 0 ? 500 : 204)(got, ...rest));
  await create();
  await terminal.sluice("publish", "orders", "1");
  const got = await arrived(2);
  expect(got.map(({ headers }) => headers["sluice-attempt"])).toEqual(["1", "2"]);
  expect(new Set(got.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
});

it("tests a webhook, and says by its exit code whether it took the sample", async () => {
  await create();
  const done = await terminal.sluice("webhooks", "test", "orders", "hook", "--json");
  expect([done.code, JSON.parse(done.stdout)]).toMatchObject([0, { outcome: "done", status: 204 }]);
  expect(JSON.parse(receiver.got[0]?.body ?? "")).toMatchObject({ body: { test: true } });
  await receiver.close();
  const failed = await terminal.sluice("webhooks", "test", "orders", "hook");
  expect(failed).toMatchObject({
    code: 1,
    stdout: expect.stringContaining("outcome: unavailable\n"),
    stderr: "sluice: the webhook did not take it: cannot be connected to: ECONNREFUSED\n",
  });
});

it("rotates a secret: a receiver with either takes what comes next", async () => {
  const { secret: before } = JSON.parse((await create("--json")).stdout) as { secret: string };
  const rotated = await terminal.sluice("webhooks", "rotate-secret", "orders", "hook", "--json");
  const { secret: after } = JSON.parse(rotated.stdout) as { secret: string; previousUntil: string };
  expect(after).not.toBe(before);
  await terminal.sluice("webhooks", "test", "orders", "hook");
  const [got] = await arrived(1);
  for (const secret of [before, after])
    expect(new Webhook(secret).verify(got?.body ?? "", got?.headers as Record<string, string>)).toBeDefined();
});

it.each([
  [["--function-arn", "arn:aws:lambda:eu-central-1:123456789012:function:ship"], "not both"],
  [["--header", "no colon"], "--header must be a name and a value"],
  [["--format", "xml"], 'must be "message" or "cloudevent"'],
])("refuses %j beside --https", async (more, why) => {
  const { code, stderr } = await create(...more);
  expect([code, stderr]).toEqual([2, expect.stringContaining(why)]);
});

it("refuses a webhook's options without one", async () => {
  const refused = await terminal.sluice("subscriptions", "create", "orders", "hook", "--header", "a: b");
  expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining("need --https") });
});

it("GIVEN --no-private-targets WHEN a webhook leads to this machine THEN it is refused", async () => {
  await server.close();
  await serve(false);
  const refused = await create();
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining("must begin with https://") });
});
