import { type RehearsalStack, deployRehearsals } from "./a-rehearsal.js";
import { eventually } from "../eventually.js";
import { bellKey } from "./rehearsals.js";

/** Deploying takes most of it, and eleven attempts with growing pauses a minute and a half. */
const PATIENCE_MS = 400_000;
const GIVEN_UP_PATIENCE_MS = 200_000;
const RETRY_ATTEMPTS = 10;
jest.setTimeout(PATIENCE_MS);

const poison = bellKey("thrown-1000", "poison");
const timesIn = (deliveries: readonly (readonly string[])[], key: string): number =>
  deliveries.flat().filter((one) => one === key).length;
const lastOf = (deliveries: readonly (readonly string[])[]): readonly string[] => deliveries.at(-1) ?? [];

let stack: RehearsalStack;
beforeAll(async () => {
  stack = await deployRehearsals();
  // Its attempts go on while the other tests run.
  await stack.append("givenUp", poison);
});

it("has the settings of the construct", async () => {
  expect(await stack.mapping("named")).toMatchObject({
    State: "Enabled",
    StartingPosition: "TRIM_HORIZON",
    BatchSize: 100,
    ParallelizationFactor: 2,
    BisectBatchOnFunctionError: true,
    MaximumRetryAttempts: RETRY_ATTEMPTS,
    MaximumRecordAgeInSeconds: 300,
    FunctionResponseTypes: ["ReportBatchItemFailures"],
  });
});

it("rings again from the first record on that was named, and not before", async () => {
  // GIVEN
  const before = bellKey("named-0", "before");
  const named = bellKey("named-2", "failing");
  const behind = bellKey("named-0", "behind");
  // WHEN
  await stack.append("named", before, named, behind);
  // THEN
  const deliveries = await eventually(
    "the third delivery of the record that was named twice, and of those behind it",
    () => stack.deliveries("named"),
    (seen) => timesIn(seen, named) >= 3 && lastOf(seen).includes(behind),
  );
  expect(timesIn(deliveries, before)).toBe(1);
  expect(timesIn(deliveries, named)).toBe(3);
  expect(await stack.givenUp("named")).toBeUndefined();
});

it("rings again for a batch whose function threw, until all of it is answered", async () => {
  // GIVEN
  const neighbour = bellKey("named-0", "neighbour");
  const thrown = bellKey("thrown-2", "failing");
  // WHEN
  await stack.append("thrown", neighbour, thrown);
  // THEN
  const deliveries = await eventually(
    "the third delivery of the record that was thrown for twice",
    () => stack.deliveries("thrown"),
    (seen) => timesIn(seen, thrown) >= 3 && timesIn(seen, neighbour) >= 1,
  );
  expect(timesIn(deliveries, thrown)).toBe(3);
  expect(await stack.givenUp("thrown")).toBeUndefined();
});

it("rings for what is appended only: a removal wakes nobody", async () => {
  // GIVEN
  const [first, last] = [bellKey("named-0", "first"), bellKey("named-0", "last")];
  await stack.append("filtered", first);
  // WHEN
  await stack.remove("filtered", first);
  await stack.append("filtered", last);
  // THEN
  const deliveries = await eventually(
    "the record behind the removal",
    () => stack.deliveries("filtered"),
    (seen) => lastOf(seen).includes(last),
  );
  expect(deliveries.flat()).toEqual([first, last]);
});

it("gives up after its retries, tells the queue, and rings for what comes next", async () => {
  // GIVEN
  const next = bellKey("named-0", "next");
  await eventually(
    "a first delivery of what always fails",
    () => stack.deliveries("givenUp"),
    (seen) => timesIn(seen, poison) > 0,
  );
  // WHEN
  await stack.append("givenUp", next);
  // THEN
  const deliveries = await eventually(
    "the record behind what always fails",
    () => stack.deliveries("givenUp"),
    (seen) => lastOf(seen).includes(next),
    GIVEN_UP_PATIENCE_MS,
  );
  expect(timesIn(deliveries, poison)).toBe(1 + RETRY_ATTEMPTS);
  expect(timesIn(deliveries, next)).toBe(1);
  const told = await eventually(
    "the batch that was given up, in the queue",
    () => stack.givenUp("givenUp"),
    (seen) => seen !== undefined,
  );
  expect(told).toMatchObject({
    requestContext: { condition: "RetryAttemptsExhausted", approximateInvokeCount: 1 + RETRY_ATTEMPTS },
    DDBStreamBatchInfo: { batchSize: 1 },
  });
});
