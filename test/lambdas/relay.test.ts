import type { DynamoDBRecord } from "aws-lambda";
import { answer } from "../../lambdas/relay.js";
import { StorageUnavailable } from "../../lib/domain/errors.js";
import { outboxShardKey } from "../../lib/domain/outbox.js";
import { putTopic } from "../../lib/operations/manage/topics.js";
import { aDeployment } from "../operations/a-deployment.js";
import { aService, textsIn } from "../operations/an-outbox.js";
import { portsAround } from "../operations/ports-around.js";

const CONTEXT = { getRemainingTimeInMillis: () => 60_000 };

const record = (pk: string | undefined, sequenceNumber: string): DynamoDBRecord => ({
  eventName: "INSERT",
  dynamodb: { ...(pk === undefined ? {} : { Keys: { pk: { S: pk } } }), SequenceNumber: sequenceNumber },
});

async function withOrders(failures = 0) {
  const deployment = aDeployment();
  const { storage, clock } = deployment;
  let left = failures;
  const engine = deployment.process((ports) =>
    portsAround(ports, async (call, carryOut) => {
      if (call.name === "outbox.oldest" && left-- > 0) throw new StorageUnavailable("the test");
      return await carryOut();
    }),
  );
  await putTopic(engine, "orders", {});
  return { ...deployment, engine, write: aService(storage, () => clock.nowMs()) };
}

it("moves what the records tell of, and tells how many", async () => {
  const { engine, storage, write, telemetry } = await withOrders();
  const records = ["one", "two"].map((text, index) =>
    record(outboxShardKey(write("orders", text)), `${index}`),
  );
  expect(await answer(engine, { Records: records }, CONTEXT)).toEqual({ batchItemFailures: [] });
  expect([...textsIn(storage)].sort()).toEqual(["one", "two"]);
  expect(telemetry.events.at(-1)).toMatchObject({
    name: "relayed",
    fields: { records: 2, moved: 2, failed: 0 },
  });
});

it.each([undefined, "", "orders", "orders#99", "a#b#c"])("skips a record with the key %j", async (pk) => {
  const { engine, storage, write, telemetry } = await withOrders();
  const records = [record(pk, "1"), record(outboxShardKey(write("orders", "one")), "2")];
  expect(await answer(engine, { Records: records }, CONTEXT)).toEqual({ batchItemFailures: [] });
  expect(textsIn(storage)).toEqual(["one"]);
  expect(telemetry.events.map(({ name }) => name)).toContain("doorbell-unreadable");
});

it("tries again by itself what fails", async () => {
  const { engine, storage, write } = await withOrders(2);
  const records = [record(outboxShardKey(write("orders", "one")), "1")];
  expect(await answer(engine, { Records: records }, CONTEXT)).toEqual({ batchItemFailures: [] });
  expect(textsIn(storage)).toEqual(["one"]);
});

it("returns the records of what goes on failing, and none of those that wait for a topic", async () => {
  const { engine, write } = await withOrders(99);
  const records = [
    record(outboxShardKey(write("orders", "one")), "1"),
    record(outboxShardKey(write("gone", "two")), "2"),
  ];
  expect(await answer(engine, { Records: records }, CONTEXT)).toEqual({
    batchItemFailures: [{ itemIdentifier: "1" }],
  });
});

it("leaves what it has no time for to the stream", async () => {
  const { engine, storage, write } = await withOrders();
  const records = [record(outboxShardKey(write("orders", "one")), "1")];
  const context = { getRemainingTimeInMillis: () => 4_000 };
  expect(await answer(engine, { Records: records }, context)).toEqual({
    batchItemFailures: [{ itemIdentifier: "1" }],
  });
  expect(textsIn(storage)).toEqual([]);
});
