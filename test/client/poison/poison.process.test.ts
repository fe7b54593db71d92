import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { build } from "esbuild";
import getPort from "get-port";
import type { Listening } from "../../../cli/dev/listen.js";
import { SluiceClient, type SubscriptionInput } from "../../../lib/client/index.js";
import { aServer } from "../../cli/a-server.js";
import { type Handled, POISON_EVERY, isPoison } from "./handled.js";

const MESSAGES = 1_000;
const ATTEMPTS = 3;
/** What a process has in its hands at the most, and has done without a word of it yet. */
const AT_ONCE = 20;
/** A lease is halved until one message is alone, 10, 5, 3, 2, 1; then that is charged. Some end with another one. */
const EXITS_AT_MOST = 2 * (4 + ATTEMPTS);
const GIVEN_BACK = 2;
const LOOK_EVERY_MS = 50;
const LEFT = { backlog: 0, inFlight: 0, retrying: 0, deadLetters: MESSAGES / POISON_EVERY };

let directory: string;
let server: Listening;
let queue: SluiceClient;
let stop: () => Promise<void> = () => Promise.resolve();

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "sluice-poison-"));
  const entryPoints = ["pulling-process.ts", "receiving-process.ts"].map((name) => join(__dirname, name));
  await build({ entryPoints, outdir: directory, bundle: true, platform: "node", format: "cjs" });
});

afterAll(async () => await rm(directory, { recursive: true }));

beforeEach(async () => {
  server = await aServer();
  queue = new SluiceClient({ apiUrl: server.url, auth: "none" });
  await queue.putTopic("orders", { partitions: 1 });
});

afterEach(async () => {
  await stop();
  await server.close();
});

/** A consumer's process, which is started again each time that it exits; and what it told of, into a file. */
function keptRunning(name: string, ...args: readonly string[]) {
  const told = join(directory, `${randomUUID()}.told`);
  const out = openSync(told, "a");
  const codes: (number | null)[] = [];
  let child: ChildProcess;
  const start = (): void => {
    child = spawn(process.execPath, [join(directory, name), ...args], { stdio: ["ignore", out, "inherit"] });
    child.once("exit", again);
  };
  const again = (code: number | null): void => {
    codes.push(code);
    start();
  };
  start();
  stop = async () => {
    stop = () => Promise.resolve();
    child.off("exit", again);
    const isOver = once(child, "close");
    child.kill();
    const [code] = (await isOver) as [number | null];
    // It may have come to its own end just before.
    if (code !== null) codes.push(code);
    closeSync(out);
  };
  const handled = (): readonly Handled[] =>
    readFileSync(told, "utf8")
      .split("\n")
      .flatMap((line) => (line === "" ? [] : [JSON.parse(line) as Handled]));
  return { handled, codes };
}

async function subscribeAndPublish(settings: SubscriptionInput, maxAttempts = ATTEMPTS): Promise<void> {
  const retry = { maxAttempts, minBackoffSeconds: 1, maxBackoffSeconds: 1 };
  await queue.putSubscription("orders", "audit", { ...settings, retry });
  const messages = Array.from({ length: MESSAGES }, (_, number) => ({ body: { number } }));
  await queue.publish("orders", messages);
}

async function untilAllHasEnded(): Promise<void> {
  for (;;) {
    const { state } = await queue.getSubscription("orders", "audit");
    if (Object.entries(LEFT).every(([what, count]) => state[what as keyof typeof LEFT] === count)) return;
    await sleep(LOOK_EVERY_MS);
  }
}

const attemptsOf = (handled: readonly Handled[], number: number): readonly number[] =>
  handled.filter((one) => one.number === number).map(({ attempt }) => attempt);

/** What holds of a consumer whose process exits on one message in a thousand, however it gets them. */
async function poisonEndsAlone(
  { handled: read, codes }: ReturnType<typeof keptRunning>,
  maxAttempts = ATTEMPTS,
): Promise<void> {
  // A message whose lease has just run out may still be in a process's hands.
  await stop();
  const handled = read();
  const exits = codes.length;
  const { items } = await queue.deadLetters("orders", "audit").list({});
  const letters = await Promise.all(
    items.map(async ({ id }) => await queue.deadLetters("orders", "audit").get(id)),
  );
  const dead = letters.map(({ body }) => (body as Handled).number);
  expect(dead).toEqual([POISON_EVERY / 2]);
  for (let number = 0; number < MESSAGES; number++) {
    const attempts = attemptsOf(handled, number);
    expect([number, attempts.length > 0]).toEqual([number, true]);
    // What was handed out before its process got to it counts too, so a number may be left out, and none comes twice.
    expect(attempts).toEqual([...new Set(attempts)].sort((one, other) => one - other));
    // Nothing but an exit brings a neighbour again; then some are given back until hands are empty, which counts, too.
    if (!isPoison(number)) expect(attempts.at(-1)).toBeLessThanOrEqual(1 + exits * (1 + GIVEN_BACK));
  }
  const poisoned = attemptsOf(handled, POISON_EVERY / 2);
  expect(handled.length - MESSAGES).toBeLessThanOrEqual(exits * AT_ONCE);
  expect(codes).toEqual(poisoned.map(() => 1));
  expect(exits).toBeLessThanOrEqual(EXITS_AT_MOST);
  expect(letters[0]?.attempt).toBe(poisoned.at(-1));
  const charged = letters[0]?.attempts?.filter(({ together }) => together === undefined);
  expect(charged).toHaveLength(maxAttempts);
}

it("GIVEN a worker that exits on one message in 1,000 WHEN it is started again and again THEN that dies", async () => {
  await subscribeAndPublish({});
  const worker = keptRunning("pulling-process.js", server.url, "batches");
  await untilAllHasEnded();
  await poisonEndsAlone(worker);
});

it("GIVEN a worker that takes one as another ends WHEN it exits on one in 1,000 THEN that alone dies", async () => {
  await subscribeAndPublish({});
  const worker = keptRunning("pulling-process.js", server.url, "one by one");
  await untilAllHasEnded();
  await poisonEndsAlone(worker);
});

it("GIVEN one attempt for each message WHEN such a worker exits THEN none dies by its neighbour", async () => {
  await subscribeAndPublish({}, 1);
  const worker = keptRunning("pulling-process.js", server.url, "one by one");
  await untilAllHasEnded();
  await poisonEndsAlone(worker, 1);
});

it("GIVEN a webhook's server that does WHEN it is started again and again THEN that one dies", async () => {
  const port = await getPort();
  const receiver = keptRunning("receiving-process.js", String(port));
  await subscribeAndPublish({
    target: { type: "https", url: `http://127.0.0.1:${port}/`, format: "message" },
    batch: { maxMessages: 10 },
    // What else one process has in its hands dies with it.
    maxConcurrency: 1,
  });
  await untilAllHasEnded();
  await poisonEndsAlone(receiver);
});
