import { unique } from "../contract/builders.js";
import { type Deployment, deployment } from "./a-deployment.js";
import { type Delivery, attemptsIn, doneIn } from "./deliveries.js";
import { eventually } from "./eventually.js";

jest.setTimeout(240_000);

const SUBSCRIPTION = "slow";
const MAX_CONCURRENCY = 20;
const MESSAGES = 100;
const WORK_MS = 2_000;
/** One after the other it would take 200 s. */
const PATIENCE_MS = 100_000;

let deployed: Deployment;
beforeAll(async () => {
  deployed = await deployment();
});

it(`${MAX_CONCURRENCY} slow handlers run at once over the backlog of one publisher, and never one more`, async () => {
  // GIVEN
  const { client } = deployed.queue("Main");
  const topic = unique("concurrency");
  await client.putTopic(topic);
  await client.putSubscription(topic, SUBSCRIPTION, {
    target: deployed.push("points"),
    maxConcurrency: MAX_CONCURRENCY,
    batch: { maxMessages: 1 },
  });
  // WHEN
  const bodies = Array.from({ length: MESSAGES }, (_, n) => ({ body: { n, workMs: WORK_MS } }));
  const { messages } = await client.publish(topic, bodies);
  // THEN
  expect(new Set(messages.map(partitionOf)).size).toBe(1);
  const deliveries = await eventually(
    `${MESSAGES} messages done`,
    () => deployed.deliveries.of(topic, SUBSCRIPTION),
    (seen) => doneIn(seen).length === MESSAGES,
    PATIENCE_MS,
  );
  expect(attemptsIn(deliveries)).toHaveLength(MESSAGES);
  expect(peakOf(deliveries)).toBe(MAX_CONCURRENCY);
  const tookMs =
    Math.max(...deliveries.map(({ endedAtMs }) => endedAtMs)) - (deliveries[0]?.startedAtMs ?? 0);
  expect(tookMs).toBeLessThan((MESSAGES * WORK_MS) / 5);
});

/** An id names topic, uid, partition and offset. */
const partitionOf = (published: object): string | undefined =>
  (published as { id: string }).id.split(".").at(-2);

/** How many were at work at once, at the most: one that ends makes room for one that starts in the same moment. */
function peakOf(deliveries: readonly Delivery[]): number {
  const changes = deliveries.flatMap(({ startedAtMs, endedAtMs }) => [
    { atMs: startedAtMs, by: 1 },
    { atMs: endedAtMs, by: -1 },
  ]);
  changes.sort((a, b) => a.atMs - b.atMs || a.by - b.by);
  let running = 0;
  return Math.max(...changes.map(({ by }) => (running += by)));
}
