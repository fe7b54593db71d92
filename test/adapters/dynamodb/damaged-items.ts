import { PutItemCommand } from "@aws-sdk/client-dynamodb";
import { PutCommand } from "../../../lib/adapters/dynamodb/commands.js";
import { dynamoDbDelayedStore } from "../../../lib/adapters/dynamodb/delayed-store.js";
import { delayedItemKey } from "../../../lib/adapters/dynamodb/items/delayed-item.js";
import { dynamoDbLogStore } from "../../../lib/adapters/dynamodb/log/log-store.js";
import { dynamoDbProgressStore } from "../../../lib/adapters/dynamodb/progress/progress-store.js";
import { dynamoDbScheduleStore } from "../../../lib/adapters/dynamodb/settings/schedule-store.js";
import { dynamoDbTopicStore } from "../../../lib/adapters/dynamodb/settings/topic-store.js";
import { schedulesKey } from "../../../lib/adapters/dynamodb/items/schedule-item.js";
import { appendWay, nextOffset } from "../../../lib/domain/slot.js";
import { UnreadableSlot, decodeMessages } from "../../../lib/domain/slot-codec.js";
import { type SubscriptionRef, subscriptionKey } from "../../../lib/domain/subscription.js";
import { type PartitionRef, partitionKey } from "../../../lib/domain/topic.js";
import {
  MINUTE_MS,
  NOW_MS,
  aLease,
  aPartition,
  aRetry,
  aSchedule,
  aSlot,
  aSubscriptionRef,
  aTopic,
  unique,
} from "../../contract/builders.js";
import { aDelayed } from "../../contract/delayed-store.js";
import type { TestTables } from "./tables.js";

const AFTER = aSlot({ base: 10 });

/** Items that somebody else wrote, or a disk: none of them may stop its neighbours. */
export function damagedItems(make: () => Promise<TestTables>): void {
  describe("in the log", () => damagedSlots(make));
  describe("in the progress", () => damagedProgress(make));
  describe("among delayed messages", () => damagedDelayed(make));
  describe("among schedules", () => damagedSchedules(make));
}

function damagedSlots(make: () => Promise<TestTables>): void {
  const aDamagedLog = async (fields: Record<string, unknown>): Promise<[TestTables, PartitionRef]> => {
    const db = await make();
    const partition = aPartition();
    await db.client.send(
      new PutCommand({ TableName: db.tables.log, Item: { pk: partitionKey(partition), base: 4, ...fields } }),
    );
    await dynamoDbLogStore(db).append(partition, AFTER);
    return [db, partition];
  };

  it.each([
    { what: "nothing but a key", fields: {} },
    { what: "a negative size", fields: { n: 3, exp: NOW_MS, u: -1, h: 7 } },
    { what: "no bytes", fields: { n: 3, w: "n", at: NOW_MS, exp: NOW_MS, enc: "msgpack", sum: "s" } },
    { what: "text for numbers", fields: { n: "3", at: "x", exp: "y", size: "z", seg: 7 } },
    { what: "text for bytes", fields: { n: 3, exp: NOW_MS, bytes: "bytes", sum: 5 } },
    { what: "numbers out of range", fields: { n: -1, at: 0.5, exp: -7 } },
    { what: "a count beyond all reason", fields: { n: Number.MAX_SAFE_INTEGER } },
  ])("keep their place, to be set aside: $what", async ({ fields }) => {
    const [db, partition] = await aDamagedLog(fields);
    const log = dynamoDbLogStore(db);
    const { slots } = await log.read(partition, 0, 10, { consistent: true });
    const [damaged, after] = slots;
    expect(after).toEqual(AFTER);
    expect(damaged).toMatchObject({ base: 4, count: "n" in fields && fields.n === 3 ? 3 : 1 });
    expect(await log.slotAt(partition, 4)).toEqual(damaged);
    const bytes = damaged?.content.kind === "inline" ? damaged.content.bytes : new Uint8Array();
    expect(() => damaged && decodeMessages(damaged, bytes)).toThrow(UnreadableSlot);
  });

  it("may hold numbers that no machine holds", async () => {
    const db = await make();
    const partition = aPartition();
    const digits = "9".repeat(30);
    const item = {
      pk: { S: partitionKey(partition) },
      base: { N: "4" },
      n: { N: digits },
      exp: { N: digits },
    };
    await db.client.sdk.send(new PutItemCommand({ TableName: db.tables.log, Item: item }));
    const log = dynamoDbLogStore(db);
    expect((await log.read(partition, 0, 10)).slots).toMatchObject([{ base: 4, count: 1 }]);
    expect(await log.tail(partition)).toMatchObject({ base: 4, count: 1 });
  });

  it("make an append start at the clock where their expiry is lost, and are not taken for expired", async () => {
    const db = await make();
    const partition = aPartition();
    const item = { pk: partitionKey(partition), base: 4, n: 3 };
    await db.client.send(new PutCommand({ TableName: db.tables.log, Item: item }));
    const log = dynamoDbLogStore(db);
    expect(appendWay(await log.tail(partition), NOW_MS)).toBe("restart");
    const [slot] = (await log.read(partition, 0, 1)).slots;
    expect(slot && nextOffset(slot)).toBe(7);
    expect(slot?.expiresAtMs).toBe(Number.MAX_SAFE_INTEGER);
  });

  it("are no winner that a loser would go on from", async () => {
    const db = await make();
    const partition = aPartition();
    const item = { pk: partitionKey(partition), base: 4 };
    await db.client.send(new PutCommand({ TableName: db.tables.log, Item: item }));
    const outcome = await dynamoDbLogStore(db).append(partition, aSlot({ base: 4 }));
    expect(outcome).toEqual({
      kind: "lost",
      winner: { base: 4, count: 1, publishedAtMs: 0, expiresAtMs: 0 },
    });
  });
}

function damagedDelayed(make: () => Promise<TestTables>): void {
  it.each([
    { what: "nothing but a key", fields: {} },
    { what: "no copy of the message", fields: { d: { id: "x", dueMs: NOW_MS } } },
    { what: "text for its entry", fields: { d: "x" } },
    { what: "no time", fields: { d: { id: "x", dueMs: "soon" } } },
  ])("are passed over, and reported: $what", async ({ fields }) => {
    // GIVEN
    const db = await make();
    const topic = aTopic({ name: unique("topic") });
    const [whole, lost] = [aDelayed(topic, NOW_MS), aDelayed(topic, NOW_MS)];
    const delayed = dynamoDbDelayedStore(db);
    await delayed.put(topic, [whole], []);
    const key = delayedItemKey(topic, lost.id);
    await db.client.send(new PutCommand({ TableName: db.tables.state, Item: { ...key, ...fields } }));
    db.telemetry.events.length = 0;
    // THEN
    expect(await delayed.due(topic, NOW_MS, 10)).toEqual([whole]);
    expect(db.telemetry.events).toMatchObject([{ name: "record-damaged", level: "error", fields: key }]);
  });
}

function damagedSchedules(make: () => Promise<TestTables>): void {
  it.each([
    { what: "nothing but a key", fields: {} },
    { what: "text for what it is", fields: { sched: "x" } },
    { what: "no expression", fields: { sched: { uid: "u" } } },
  ])("are passed over, and reported: $what", async ({ fields }) => {
    // GIVEN
    const db = await make();
    const topic = aTopic({ name: unique("topic") });
    const whole = aSchedule({ name: topic.name, uid: topic.uid }, { name: "b" });
    const schedules = dynamoDbScheduleStore(db);
    await dynamoDbTopicStore(db).create(topic);
    await schedules.create(whole);
    const key = { pk: schedulesKey(topic), sk: "a" };
    await db.client.send(new PutCommand({ TableName: db.tables.state, Item: { ...key, ...fields } }));
    db.telemetry.events.length = 0;
    // THEN
    expect((await schedules.list(topic, { limit: 10 })).items.map(({ name }) => name)).toEqual(["b"]);
    expect(await schedules.get(topic, "a")).toBeUndefined();
    const told = { name: "record-damaged", level: "error", fields: key };
    expect(db.telemetry.events).toMatchObject([told, told]);
    await expect(schedules.create({ ...whole, name: "a", uid: unique("u") })).rejects.toThrow("damaged");
  });
}

function damagedProgress(make: () => Promise<TestTables>): void {
  const write = (db: TestTables, subscription: SubscriptionRef, item: Record<string, unknown>) =>
    db.client.send(
      new PutCommand({
        TableName: db.tables.state,
        Item: { pk: `progress#${subscriptionKey(subscription)}`, ...item },
      }),
    );

  it.each([
    { what: "nothing but a key", fields: {} },
    { what: "spans that are none", fields: { k: "r", p: 0, e: 0, v: 1, d: NOW_MS, s: "[[1,2" } },
    { what: "spans of text", fields: { k: "r", p: 0, e: 0, v: 1, d: NOW_MS, s: '[["a","b","c","d","e"]]' } },
    { what: "a kind that is none", fields: { k: "x", p: 0, e: 0, v: 1, d: NOW_MS, s: "[]" } },
    { what: "no deadline", fields: { k: "l", p: 0, e: 0, v: 1, s: "[[1,1,0,1,1]]" } },
  ])("are passed over among what is due, and reported: $what", async ({ fields }) => {
    // GIVEN
    const db = await make();
    const [subscription, retry, lease] = [
      aSubscriptionRef(),
      aRetry(),
      aLease({ dueMs: NOW_MS + MINUTE_MS }),
    ];
    const sk = `due#0000000000000001-${lease.id.slice(-8)}`;
    await write(db, subscription, { sk, ...fields });
    const progress = dynamoDbProgressStore(db);
    await progress.move(subscription, { put: [retry, lease] });
    db.telemetry.events.length = 0;
    // THEN
    expect((await progress.due(subscription, NOW_MS, 10)).found).toEqual([retry]);
    expect(db.telemetry.events).toMatchObject([{ name: "record-damaged", level: "error", fields: { sk } }]);
    expect(await progress.nextDueMs(subscription)).toBe(NOW_MS);
    expect(await progress.totals(subscription, 0)).toMatchObject({ inFlight: 10, retrying: 10 });
    expect(await progress.get(subscription, sk.slice(4))).toBeUndefined();
  });

  it("stop a cursor: to guess a head would lose messages", async () => {
    const db = await make();
    const subscription = aSubscriptionRef();
    await write(db, subscription, { sk: "cursor#003", h: "10", b: 10, e: 0, v: 1 });
    const progress = dynamoDbProgressStore(db);
    await expect(progress.cursor(subscription, 3)).rejects.toMatchObject({ code: "storage-unavailable" });
    await expect(progress.cursors(subscription)).rejects.toMatchObject({ code: "storage-unavailable" });
  });
}
