import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { build } from "esbuild";
import { deliverFrom } from "../../../../cli/dev/embedded-deliveries.js";
import { lambdaSubscriber } from "../../../../lib/adapters/lambda/subscriber.js";
import { memoryPorts } from "../../../../lib/adapters/memory/ports.js";
import { MemoryStarter } from "../../../../lib/adapters/memory/starter.js";
import { MemoryStorage } from "../../../../lib/adapters/memory/storage.js";
import { systemClock } from "../../../../lib/adapters/system/clock.js";
import { systemRandom } from "../../../../lib/adapters/system/random.js";
import { SluiceClient } from "../../../../lib/client/index.js";
import { createApp } from "../../../../lib/http/app.js";
import { fetchOf } from "../../../../lib/http/fetch.js";
import { createEngine } from "../../../../lib/operations/engine.js";
import { type Handled, POISON_EVERY, isPoison } from "../../../client/poison/handled.js";
import { TARGET } from "../a-handed.js";
import { ALambda } from "../a-lambda.js";
import { Environments } from "./environments.js";

const MESSAGES = 1_000;
const ATTEMPTS = 3;
/** A batch of ten in full, twice, then in halves: 10, 10, 5, 3, 2; then it is alone. */
const EXITS_AT_MOST = 5 + ATTEMPTS;
const LOOK_EVERY_MS = 50;
const LEFT = { backlog: 0, inFlight: 0, retrying: 0, deadLetters: MESSAGES / POISON_EVERY };

let directory: string;
const lambda = new ALambda();
let environments: Environments;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "sluice-exits-"));
  const entryPoints = [join(__dirname, "environment-process.ts")];
  await build({ entryPoints, outdir: directory, bundle: true, platform: "node", format: "cjs" });
});

afterAll(async () => {
  environments.stop();
  await lambda.stop();
  await rm(directory, { recursive: true });
});

async function aQueue(): Promise<SluiceClient> {
  environments = new Environments(join(directory, "environment-process.js"), join(directory, "told"));
  lambda.invoke = (event) => environments.invoke(event);
  const { invoking: client } = await lambda.start();
  const storage = new MemoryStorage();
  const starter = new MemoryStarter();
  const ports = memoryPorts(storage, {
    ...{ clock: systemClock, random: systemRandom, telemetry: { event: () => undefined }, starter },
    subscriber: lambdaSubscriber({ client }),
  });
  const engine = createEngine(ports);
  deliverFrom(storage, starter, engine);
  const app = fetchOf(createApp(engine));
  return new SluiceClient({
    apiUrl: "https://queue.example",
    auth: "none",
    fetch: (request) => app(request),
  });
}

const handled = (): readonly Handled[] =>
  readFileSync(join(directory, "told"), "utf8")
    .split("\n")
    .flatMap((line) => (line === "" ? [] : [JSON.parse(line) as Handled]));

it("GIVEN a function whose process exits on one of 1,000 messages WHEN all are pushed THEN it dies", async () => {
  // GIVEN
  const queue = await aQueue();
  await queue.putTopic("orders", { partitions: 2 });
  await queue.putSubscription("orders", "audit", {
    target: TARGET,
    batch: { maxMessages: 10 },
    maxConcurrency: 4,
    retry: { maxAttempts: ATTEMPTS, minBackoffSeconds: 1, maxBackoffSeconds: 1 },
  });
  // WHEN
  await queue.publish(
    "orders",
    Array.from({ length: MESSAGES }, (_, number) => ({ body: { number } })),
  );
  const isOver = async (): Promise<boolean> => {
    const { state } = await queue.getSubscription("orders", "audit");
    return Object.entries(LEFT).every(([what, count]) => state[what as keyof typeof LEFT] === count);
  };
  while (!(await isOver())) await sleep(LOOK_EVERY_MS);
  // THEN
  const letters = queue.deadLetters("orders", "audit");
  const { items } = await letters.list({});
  const dead = await Promise.all(items.map(async ({ id }) => await letters.get(id)));
  expect(dead.map(({ body }) => body)).toEqual([{ number: POISON_EVERY / 2 }]);
  expect(dead[0]?.attempts?.filter(({ together }) => together === undefined)).toHaveLength(ATTEMPTS);
  expect(dead[0]?.attempts?.at(-1)?.error).toContain("exit status 1");
  const { exits } = environments;
  expect(exits).toBeLessThanOrEqual(EXITS_AT_MOST);
  expect(dead[0]?.attempt).toBe(exits);
  for (let number = 0; number < MESSAGES; number++) {
    const attempts = handled().filter((one) => one.number === number);
    expect([number, attempts.length > 0]).toEqual([number, true]);
    // Nothing but an exit brings a neighbour again, and none is handled twice as the same attempt.
    expect(new Set(attempts.map(({ attempt }) => attempt)).size).toBe(attempts.length);
    if (!isPoison(number)) expect(attempts.length).toBeLessThanOrEqual(exits);
  }
});
