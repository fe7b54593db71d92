import type { DynamoDBRecord } from "aws-lambda";
import { answer } from "../../lambdas/dispatcher.js";
import { Throttled } from "../../lib/domain/errors.js";
import { type Topic, partitionKey } from "../../lib/domain/topic.js";
import { putSubscription } from "../../lib/operations/manage/subscriptions.js";
import { putTopic } from "../../lib/operations/manage/topics.js";
import { type Made, anEngine } from "./an-engine.js";

const functionArn = "arn:aws:lambda:us-east-1:111122223333:function:ship-it";

async function aPushedTopic({ engine }: Made): Promise<Topic> {
  const { value: topic } = await putTopic(engine, "orders", {});
  await putSubscription(engine, "orders", "logistics", { target: { type: "lambda", functionArn } });
  return topic;
}

const doorbell = (pk: string | undefined, sequenceNumber: string): DynamoDBRecord => ({
  eventName: "INSERT",
  dynamodb: { ...(pk === undefined ? {} : { Keys: { pk: { S: pk } } }), SequenceNumber: sequenceNumber },
});

/** An engine whose next `count` reads of a topic fail, from when it is told. */
function aFailing(count: number): Made & { readonly fail: () => void } {
  let left = 0;
  const made = anEngine(({ topics }) => ({
    topics: {
      ...topics,
      getCounted: async (name) => {
        if (left-- > 0) throw new Throttled("reading a topic", 10);
        return await topics.getCounted(name);
      },
    },
  }));
  const fail = (): void => {
    left = count;
  };
  return { ...made, fail };
}

it("starts the pump of what has something new", async () => {
  const made = anEngine();
  const topic = await aPushedTopic(made);
  const records = [doorbell(partitionKey({ topic, partition: 3 }), "1")];
  expect(await answer(made.engine, { Records: records })).toEqual({ batchItemFailures: [] });
  expect(made.started.map(({ subscription, lane }) => [subscription.name, lane])).toEqual([["logistics", 0]]);
});

it.each([
  ["no key", undefined],
  ["a key of nothing", ""],
  ["a key of another kind", "what#is#this#then"],
  ["a partition that is no number", "orders#uid#x"],
])("skips a record with %s, and answers the one beside it", async (_, key) => {
  // GIVEN
  const made = anEngine();
  const topic = await aPushedTopic(made);
  // WHEN
  const records = [doorbell(key, "1"), doorbell(partitionKey({ topic, partition: 0 }), "2")];
  const answered = await answer(made.engine, { Records: records });
  // THEN
  expect(answered).toEqual({ batchItemFailures: [] });
  expect(made.started).toHaveLength(1);
  expect(made.telemetry.events.map(({ name }) => name)).toEqual([
    ...["doorbell-unreadable", "topic-rang", "dispatched"],
  ]);
});

it("is rung by a record that shows the whole slot, of whatever format", async () => {
  const made = anEngine();
  const topic = await aPushedTopic(made);
  const bell = doorbell(partitionKey({ topic, partition: 3 }), "1");
  const NewImage = { pk: { S: "orders#u#3" }, base: { N: "7" }, f: { N: "200" }, h: { S: "-" } };
  const records = [{ ...bell, dynamodb: { ...bell.dynamodb, NewImage } }];
  expect(await answer(made.engine, { Records: records })).toEqual({ batchItemFailures: [] });
  expect(made.started).toHaveLength(1);
});

it("tells the pump where the slot ends, if its record shows that", async () => {
  const made = anEngine();
  const topic = await aPushedTopic(made);
  const Keys = { pk: { S: partitionKey({ topic, partition: 3 }) }, base: { N: "7" } };
  const dynamodb = { Keys, NewImage: { ...Keys, n: { N: "5" } }, SequenceNumber: "1" };
  await answer(made.engine, { Records: [{ eventName: "INSERT", dynamodb }] });
  expect(made.started[0]?.hints?.news).toEqual([{ partition: 3, end: 12 }]);
});

it("skips a topic that is gone", async () => {
  const { engine, started } = anEngine();
  const records = [doorbell("gone#uid#0", "1")];
  expect(await answer(engine, { Records: records })).toEqual({ batchItemFailures: [] });
  expect(started).toEqual([]);
});

it("tries again itself before it asks the stream to", async () => {
  const made = aFailing(3);
  const topic = await aPushedTopic(made);
  made.fail();
  const records = [doorbell(partitionKey({ topic, partition: 0 }), "1")];
  expect(await answer(made.engine, { Records: records })).toEqual({ batchItemFailures: [] });
  expect(made.started).toHaveLength(1);
});

it("names the doorbells that stay unanswered, and no others", async () => {
  // GIVEN
  const made = aFailing(1_000);
  const topic = await aPushedTopic(made);
  made.fail();
  // WHEN
  const records = [
    doorbell("unreadable", "1"),
    doorbell(partitionKey({ topic, partition: 0 }), "2"),
    doorbell(partitionKey({ topic, partition: 1 }), "3"),
  ];
  const { batchItemFailures } = await answer(made.engine, { Records: records });
  // THEN
  expect(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)).toEqual(["2", "3"]);
});
