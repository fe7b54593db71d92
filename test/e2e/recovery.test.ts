import { unique } from "../contract/builders.js";
import { type DeployedQueue, type Deployment, deployment } from "./a-deployment.js";
import { type Doorbell, doorbellOf } from "./a-doorbell.js";
import { attemptsIn, doneIn } from "./deliveries.js";
import { environmentsOf, ifOnHost } from "./host-processes.js";
import { eventually } from "./eventually.js";

/** The deployment, and twice what the clock takes. */
jest.setTimeout(400_000);

const SUBSCRIPTION = "recovered";
const MESSAGES = 60;
/** The clock sweeps once a minute. A pump that died keeps its lane for 45 s at the most. */
const SWEEP_PATIENCE_MS = 120_000;
const PROMPT_MS = 20_000;

let deployed: Deployment;
let queue: DeployedQueue;
let doorbell: Doorbell;
beforeAll(async () => {
  deployed = await deployment();
  queue = deployed.queue("Fragile");
  doorbell = await doorbellOf(deployed.endpointUrl, queue.dispatcher);
});
afterAll(async () => {
  await doorbell.turn("Enabled");
});

async function aPushedTopic(name: string) {
  const topic = unique(name);
  await queue.client.putTopic(topic);
  await queue.client.putSubscription(topic, SUBSCRIPTION, {
    target: deployed.push("logistics"),
    ackDeadlineSeconds: 5,
    maxConcurrency: 2,
    batch: { maxMessages: 2 },
  });
  const look = () => deployed.deliveries.of(topic, SUBSCRIPTION);
  const done = async () => doneIn(await look());
  return {
    publish: (count: number, workMs: number) =>
      queue.client.publish(
        topic,
        Array.from({ length: count }, (_, n) => ({ body: { n, workMs } })),
      ),
    done,
    attempts: async () => attemptsIn(await look()),
    untilDone: (count: number, patienceMs: number) =>
      eventually(`${count} messages done`, done, (seen) => seen.length >= count, patienceMs),
  };
}

/** Both at once, since both wait for the same clock. */
describe("without what rings and what delivers", () => {
  let pumped: Awaited<ReturnType<typeof aPushedTopic>>;
  let unannounced: Awaited<ReturnType<typeof aPushedTopic>>;
  let doneBeforeDeath: number;
  let diedAtMs: number;
  let killed: readonly number[];

  beforeAll(async () => {
    // GIVEN
    [pumped, unannounced] = await Promise.all([aPushedTopic("pumped"), aPushedTopic("unannounced")]);
    await pumped.publish(MESSAGES, 500);
    await pumped.untilDone(1, SWEEP_PATIENCE_MS);
    // WHEN
    killed = environmentsOf(deployed.endpointUrl, queue.pumpFunction);
    for (const pid of killed) process.kill(pid, "SIGKILL");
    diedAtMs = Date.now();
    doneBeforeDeath = (await pumped.done()).length;
    await doorbell.turn("Disabled");
    await unannounced.publish(10, 0);
  });

  ifOnHost("a pump that is killed in the middle loses nothing: another one takes over", async () => {
    expect(killed.length).toBeGreaterThan(0);
    expect(doneBeforeDeath).toBeLessThan(MESSAGES / 2);
    expect(await pumped.untilDone(MESSAGES, SWEEP_PATIENCE_MS)).toHaveLength(MESSAGES);
    const attempts = await pumped.attempts();
    const afterwards = attempts.filter(({ startedAtMs }) => startedAtMs > diedAtMs + 1_000);
    expect(afterwards.length).toBeGreaterThan(0);
    // What it had in flight may come twice, and is no more than its window.
    expect(attempts.length - MESSAGES).toBeLessThanOrEqual(MESSAGES);
  });

  it("a message whose doorbell never rang is delivered by the clock's sweep", async () => {
    expect(await unannounced.untilDone(10, SWEEP_PATIENCE_MS)).toHaveLength(10);
  });

  it("doorbells ring again as soon as they are back", async () => {
    // GIVEN
    const again = await aPushedTopic("again");
    await doorbell.turn("Enabled");
    // WHEN
    await again.publish(5, 0);
    // THEN
    expect(await again.untilDone(5, PROMPT_MS)).toHaveLength(5);
  });
});
