import type { Listening } from "../../cli/dev/listen.js";
import { JsonText, type Message, SluiceClient } from "../../lib/client/index.js";
import { type Ran, type TerminalOptions, aTerminal } from "./a-terminal.js";
import { aServer } from "./a-server.js";

let server: Listening;
let client: SluiceClient;

beforeEach(async () => {
  server = await aServer();
  client = new SluiceClient({ apiUrl: server.url, auth: "none" });
  await client.putTopic("orders");
  await client.putSubscription("orders", "audit");
});

afterEach(async () => {
  await server.close();
});

const publish = async (...messages: Message[]): Promise<void> =>
  void (await client.publish("orders", messages));
const numbered = (count: number): Message[] =>
  Array.from({ length: count }, (_, index) => ({ body: index + 1 }));
const bodies = async (): Promise<unknown[]> =>
  (await client.receive("orders", "audit", { maxMessages: 1_000 })).map(({ body }) => body);

/** `sluice receive --follow`, beside which a test goes on. */
async function followed(args: readonly string[] = [], options: TerminalOptions = {}) {
  const stop = new AbortController();
  let text = "";
  let look = (): void => undefined;
  const onStdout = (more: string): void => {
    text += more;
    look();
  };
  const env = { SLUICE_API_URL: server.url };
  const { sluice } = await aTerminal({ ...options, env, stopped: stop.signal, onStdout });
  const ended: Promise<Ran> = sluice("receive", "orders", "audit", "--follow", ...args);
  const lines = (): string[] => text.split("\n").slice(0, -1);
  /** Resolves once so many lines are printed. */
  const printed = (count: number): Promise<void> =>
    new Promise((resolve) => {
      look = () => {
        if (lines().length >= count) resolve();
      };
      look();
    });
  const ctrlC = async (): Promise<Ran> => {
    stop.abort();
    return await ended;
  };
  return { lines, printed, ctrlC, ended };
}

it("GIVEN messages that come one by one WHEN they are followed THEN each is printed and acknowledged", async () => {
  await publish({ body: { n: 1 }, key: "k" });
  const { lines, printed, ctrlC } = await followed();
  await printed(1);
  await publish({ body: "two" });
  await printed(2);
  expect(await ctrlC()).toMatchObject({ code: 0, stderr: "" });
  expect(lines().map((line) => line.split("\t").slice(1))).toEqual([
    ["attempt 1", "key k", '{"n":1}'],
    ["attempt 1", '"two"'],
  ]);
  expect((await client.getSubscription("orders", "audit")).state).toMatchObject({ backlog: 0, inFlight: 0 });
});

it("GIVEN --json WHEN messages are followed THEN each is a JSON object on a line, to the last digit", async () => {
  const body = new JsonText('{\n\t"n": 12345678901234567890\n}');
  await publish({ body }, { body: "a\nb" });
  const { lines, printed, ctrlC } = await followed(["--json"]);
  await printed(2);
  await ctrlC();
  const all = lines();
  expect(all).toHaveLength(2);
  expect(all.map((line) => (JSON.parse(line) as { attempt: number }).attempt)).toEqual([1, 1]);
  expect(all.join()).toContain('"body":{ "n": 12345678901234567890 }');
});

it("GIVEN a reader of a pipe that leaves WHEN it does THEN the command ends, and the rest is given back", async () => {
  await publish(...numbered(50));
  const { ended } = await followed(["--max-messages", "50"], { leavesAfterLines: 3 });
  expect(await ended).toMatchObject({ code: 0, stderr: "" });
  const rest = await bodies();
  expect(rest.length).toBeGreaterThanOrEqual(47);
});

it("GIVEN Ctrl-C in the middle of a batch WHEN it ends THEN what is not printed is given back", async () => {
  await publish(...numbered(50));
  const { lines, printed, ctrlC } = await followed(["--max-messages", "50"], { leavesAfterLines: 1_000 });
  await printed(1);
  expect((await ctrlC()).code).toBe(0);
  const shown = lines().map((line) => Number(line.split("\t").at(-1)));
  expect([...shown, ...(await bodies())]).toEqual(
    expect.arrayContaining(numbered(50).map(({ body }) => body)),
  );
  expect(shown.length).toBeLessThan(50);
});

it("GIVEN a subscription that is not there WHEN it is followed THEN one line says so", async () => {
  const { sluice } = await aTerminal({ env: { SLUICE_API_URL: server.url } });
  const { code, stdout, stderr } = await sluice("receive", "orders", "nobody", "--follow");
  expect([code, stdout]).toEqual([1, ""]);
  expect(stderr).toMatch(/^receive: subscription-not-found: .*\nsluice: subscription-not-found: .*\n$/);
});

it("GIVEN --raw WHEN messages are to be followed THEN that is refused", async () => {
  const { sluice } = await aTerminal({ env: { SLUICE_API_URL: server.url } });
  expect(await sluice("receive", "orders", "audit", "--follow", "--raw")).toMatchObject({ code: 2 });
});
