import type { DynamoDb } from "../../../lib/adapters/dynamodb/client.js";
import { dynamoDbLogStore } from "../../../lib/adapters/dynamodb/log/log-store.js";
import { dynamoDbProgressStore } from "../../../lib/adapters/dynamodb/progress/progress-store.js";
import { dynamoDbSubscriptionStore } from "../../../lib/adapters/dynamodb/settings/subscription-store.js";
import { dynamoDbTopicStore } from "../../../lib/adapters/dynamodb/settings/topic-store.js";
import { memoryPorts } from "../../../lib/adapters/memory/ports.js";
import { MemoryStarter } from "../../../lib/adapters/memory/starter.js";
import { MemoryStorage } from "../../../lib/adapters/memory/storage.js";
import { dynamoDbItemLimits } from "../../../lib/adapters/dynamodb/items/item-limits.js";
import { MemorySubscriber } from "../../../lib/adapters/memory/subscriber.js";
import { MemoryTelemetry } from "../../../lib/adapters/memory/telemetry.js";
import { systemClock } from "../../../lib/adapters/system/clock.js";
import { systemRandom } from "../../../lib/adapters/system/random.js";
import { type Engine, createEngine } from "../../../lib/operations/engine.js";
import { publish } from "../../../lib/operations/publish/publish.js";
import { receive } from "../../../lib/operations/consume/receive.js";
import { putSubscription } from "../../../lib/operations/manage/subscriptions.js";
import { putTopic } from "../../../lib/operations/manage/topics.js";
import { meter } from "../../../local/dynamodb-meter.js";
import { aCursor, aPartition, aRetry, aSlot, aSubscriptionRef, unique } from "../../contract/builders.js";
import { aClient, someTables } from "./tables.js";

const UNIT_BYTES = 4_096;
const SLOTS = 20;
const SLOT_BYTES = 1_000;
jest.setTimeout(120_000);

let tables: DynamoDb;
beforeAll(async () => {
  tables = await someTables();
});
afterAll(() => tables.client.destroy());

const metered = () => {
  const db = { ...tables, client: aClient() };
  return { db, cost: meter(db.client) };
};

/** A partition with slots of some size, one after the other. */
async function aLog(slots: number) {
  const partition = aPartition();
  const log = dynamoDbLogStore(tables);
  for (let base = 0; base < slots; base++) {
    const content = { kind: "inline", bytes: new Uint8Array(SLOT_BYTES) } as const;
    await log.append(partition, aSlot({ base, content }));
  }
  return partition;
}

/** A process that acts on the tables; what goes elsewhere goes nowhere. */
function aProcess(db: DynamoDb): Engine {
  const telemetry = new MemoryTelemetry();
  const [starter, subscriber] = [new MemoryStarter(), new MemorySubscriber()];
  // It stands still: what a process remembers for a second would be read anew on a slow machine, and not on another.
  const nowMs = systemClock.nowMs();
  const clock = { ...systemClock, nowMs: () => nowMs };
  const others = { clock, random: systemRandom, telemetry, starter, subscriber };
  return createEngine({
    ...memoryPorts(new MemoryStorage({ limits: dynamoDbItemLimits() }), others),
    log: dynamoDbLogStore(db),
    topics: dynamoDbTopicStore(db),
    subscriptions: dynamoDbSubscriptionStore(db),
    progress: dynamoDbProgressStore(db),
  });
}

describe("an eventually consistent read takes half of a strongly consistent one", () => {
  it("from the log", async () => {
    // GIVEN
    const partition = await aLog(SLOTS);
    const { db, cost } = metered();
    const log = dynamoDbLogStore(db);
    // WHEN
    await log.read(partition, 0, SLOTS);
    const eventually = cost.takeReads();
    await log.read(partition, 0, SLOTS, { consistent: true });
    const strongly = cost.takeReads();
    // THEN
    expect(eventually).toBe(strongly / 2);
    expect(strongly).toBeGreaterThanOrEqual(Math.ceil((SLOTS * SLOT_BYTES) / UNIT_BYTES));
  });

  it("of the cursors", async () => {
    const { db, cost } = metered();
    const progress = dynamoDbProgressStore(db);
    const subscription = aSubscriptionRef();
    await progress.move(subscription, { cursor: { partition: 0, next: aCursor() } });
    await progress.cursors(subscription);
    expect(cost.takeReads()).toBe(0.5);
    await progress.cursors(subscription, { consistent: true });
    expect(cost.takeReads()).toBe(1);
  });
});

it("takes one for the tail of a log, however long", async () => {
  const partition = await aLog(SLOTS);
  const { db, cost } = metered();
  await dynamoDbLogStore(db).tail(partition);
  expect(cost.takeReads()).toBe(1);
});

it("takes for the slots that are asked for only, however many there are", async () => {
  const partition = await aLog(SLOTS);
  const { db, cost } = metered();
  await dynamoDbLogStore(db).read(partition, 0, 3);
  expect(cost.takeReads()).toBe(0.5);
});

it("takes half a unit for a look at what is due", async () => {
  const { db, cost } = metered();
  const progress = dynamoDbProgressStore(db);
  const [subscription, retry] = [aSubscriptionRef(), aRetry()];
  await progress.move(subscription, { put: [retry] });
  expect((await progress.due(subscription, retry.dueMs, 10)).found).toEqual([retry]);
  expect(cost.takeReads()).toBe(0.5);
});

describe("receiving", () => {
  /** What each of three receives in a row takes, in read and in write units, with this many messages waiting. */
  async function costsWith(backlog: number): Promise<readonly (readonly [reads: number, writes: number])[]> {
    const { db, cost } = metered();
    const engine = aProcess(db);
    const { value: topic } = await putTopic(engine, unique("orders"), { partitions: 1 });
    const settings = { target: { type: "pull" }, from: "earliest" } as const;
    const { value: subscription } = await putSubscription(engine, topic.name, "audit", settings);
    for (let published = 0; published < backlog; published++)
      await publish(engine, topic.name, [
        { body: `order ${published}`.padEnd(500), contentType: "text/plain" },
      ]);
    const consumer = aProcess(db);
    const costs: (readonly [number, number])[] = [];
    for (let received = 0; received < 3; received++) {
      cost.take();
      cost.takeReads();
      const handed = await receive(consumer, { topic, subscription }, { maxMessages: 5 });
      expect(handed).toHaveLength(5);
      costs.push([cost.takeReads(), cost.take()]);
    }
    return costs;
  }

  it("takes as much from a backlog of 200 as from one of 20", async () => {
    const [few, many] = [await costsWith(20), await costsWith(200)];
    expect(many).toEqual(few);
    // The cursor and the partitions in use are known by then: a look at what is due, and the next slots, are left.
    expect(many.at(-1)?.[0]).toBeLessThanOrEqual(1.5);
  });
});
