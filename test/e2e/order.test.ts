import { unique } from "../contract/builders.js";
import { type Deployment, deployment } from "./a-deployment.js";
import { type Attempt, attemptsIn, doneIn } from "./deliveries.js";
import { eventually } from "./eventually.js";

jest.setTimeout(240_000);

const SUBSCRIPTION = "ordered";
const KEYS = ["red", "green", "blue", "cyan", "pink", "gold"];
const PER_KEY = 12;
/** Longer than a pump takes from one delivery to the next, so that some are seen at once. */
const WORK_MS = 600;
const PATIENCE_MS = 120_000;

let deployed: Deployment;
beforeAll(async () => {
  deployed = await deployment();
});

it("a key's messages are handled in the order of their publishes, and never at once", async () => {
  // GIVEN
  const { client } = deployed.queue("Main");
  const topic = unique("order");
  await client.putTopic(topic, { ordering: "key", partitions: 4 });
  await client.putSubscription(topic, SUBSCRIPTION, {
    target: deployed.push("cart"),
    ackDeadlineSeconds: 1,
    batch: { maxMessages: 4 },
  });
  const all = Array.from({ length: PER_KEY * KEYS.length }, (_, n) => {
    // Two keys fail now and then, in the middle of their sequences.
    const fails = n === KEYS.length * 3 || n === KEYS.length * 6 + 1;
    const body = { n, workMs: WORK_MS, ...(fails ? { failures: { [SUBSCRIPTION]: 1 } } : {}) };
    return { body, key: KEYS[n % KEYS.length] as string };
  });
  // WHEN
  for (let from = 0; from < all.length; from += 18) await client.publish(topic, all.slice(from, from + 18));
  // THEN
  const deliveries = await eventually(
    `${all.length} messages done`,
    () => deployed.deliveries.of(topic, SUBSCRIPTION),
    (seen) => doneIn(seen).length === all.length,
    PATIENCE_MS,
  );
  // Consumers of SQS that keep an order look for it.
  for (const { records } of deliveries)
    expect(
      records.every(({ eventSourceARN }) => eventSourceARN.endsWith(`:${topic}-${SUBSCRIPTION}.fifo`)),
    ).toBe(true);
  const attempts = attemptsIn(deliveries);
  expect(attempts.some(({ isDone }) => !isDone)).toBe(true);
  for (const key of KEYS) {
    const own = attempts.filter((attempt) => attempt.key === key);
    const expected = all.flatMap((message) => (message.key === key ? [message.body.n] : []));
    expect(firstsDone(own)).toEqual(expected);
    expect(overlapsIn(own)).toEqual([]);
  }
  // Keys of different partitions do not wait for each other.
  expect(overlapsIn(attempts).length).toBeGreaterThan(0);
});

const firstsDone = (attempts: readonly Attempt[]): number[] => [
  ...new Set(attempts.flatMap(({ n, isDone }) => (isDone ? [n] : []))),
];

/** Attempts that started while one before was still at work in another delivery. */
const overlapsIn = (attempts: readonly Attempt[]): readonly (readonly [number, number])[] =>
  attempts.flatMap((attempt, index) => {
    const before = attempts
      .slice(0, index)
      .find(({ delivery, endedAtMs }) => delivery !== attempt.delivery && endedAtMs > attempt.startedAtMs);
    return before ? [[before.n, attempt.n] as const] : [];
  });
