import {
  DeleteCommand,
  GetCommand,
  PutCommand,
  UpdateCommand,
} from "../../../lib/adapters/dynamodb/commands.js";
import { dynamoDbLogStore } from "../../../lib/adapters/dynamodb/log/log-store.js";
import { dynamoDbMarkStore } from "../../../lib/adapters/dynamodb/mark-store.js";
import { markKey } from "../../../lib/adapters/dynamodb/items/mark-item.js";
import { dynamoDbTimerStore } from "../../../lib/adapters/dynamodb/timer-store.js";
import { timerItemKey } from "../../../lib/adapters/dynamodb/items/timer-item.js";
import { type SubscriptionTimer, timerName } from "../../../lib/domain/timer.js";
import { dynamoDbTopicStore } from "../../../lib/adapters/dynamodb/settings/topic-store.js";
import { partitionKey } from "../../../lib/domain/topic.js";
import { aPartition, aSlot, aSubscriptionRef, aTopic, unique } from "../../contract/builders.js";
import type { Kind, Stored } from "./stored.js";
import { KINDS } from "./stored-kinds.js";
import type { TestTables } from "./tables.js";

const NEWER_MINOR = 101;
const NEWER_MAJOR = 500;

/** What another release wrote: while a deployment replaces functions, both are at work on the same tables. */
export function formats(make: () => Promise<TestTables>): void {
  describe.each(KINDS)("of %s", (_name, kind) => formatContract(make, kind));
  describe("of a slot among others", () => logContract(make));
}

const itemIn = async ({ client, tables }: TestTables, { table, key }: Stored) =>
  (await client.send(new GetCommand({ TableName: tables[table], Key: key, ConsistentRead: true }))).Item;

const stamp = ({ client, tables }: TestTables, { table, key }: Stored, format: number) =>
  client.send(
    new UpdateCommand({
      TableName: tables[table],
      Key: key,
      UpdateExpression: "SET f = :f, newer = :newer",
      ExpressionAttributeValues: { ":f": format, ":newer": "what this release does not know" },
    }),
  );

function formatContract(make: () => Promise<TestTables>, kind: Kind): void {
  let db: TestTables;
  let stored: Stored;
  beforeEach(async () => {
    db = await make();
    stored = await kind(db);
  });
  // Lists are shared with other tests.
  afterEach(async () => {
    await db.client.send(new DeleteCommand({ TableName: db.tables[stored.table], Key: stored.key }));
  });

  it("is written with each", async () => {
    expect(await itemIn(db, stored)).toMatchObject({ f: 100 });
  });

  it("is read where it is a newer minor one, as if it were this one", async () => {
    const before = await Promise.all(stored.reads.map((read) => read()));
    await stamp(db, stored, NEWER_MINOR);
    expect(await Promise.all(stored.reads.map((read) => read()))).toEqual(before);
  });

  it("is refused where it is a newer major one, by every read and every write, and the item stays", async () => {
    await stamp(db, stored, NEWER_MAJOR);
    const before = await itemIn(db, stored);
    for (const call of [...stored.reads, ...stored.writes]) {
      const outcome = await call().catch((error: unknown) => error);
      // A move of several says only that something has changed: its caller reads anew, and is told then.
      if (outcome !== "conflict") expect(outcome).toMatchObject({ code: "stored-format-too-new" });
      expect(await itemIn(db, stored)).toEqual(before);
    }
  });
}

function logContract(make: () => Promise<TestTables>): void {
  it("ends a page before it: what lies in front is read, and nothing is passed over", async () => {
    // GIVEN
    const db = await make();
    const log = dynamoDbLogStore(db);
    const partition = aPartition();
    const slots = [0, 1, 2, 3].map((base) => aSlot({ base }));
    for (const one of slots) await log.append(partition, one);
    await stamp(
      db,
      { table: "log", key: { pk: partitionKey(partition), base: 2 }, reads: [], writes: [] },
      NEWER_MAJOR,
    );
    // THEN
    expect(await log.read(partition, 0, 10, { consistent: true })).toEqual({
      slots: slots.slice(0, 2),
      more: true,
    });
    await expect(log.read(partition, 2, 10)).rejects.toMatchObject({ code: "stored-format-too-new" });
    expect((await log.read(partition, 3, 10)).slots).toEqual(slots.slice(3));
  });

  it("keeps what a newer minor one added to a topic that is changed", async () => {
    const db = await make();
    const topics = dynamoDbTopicStore(db);
    const made = aTopic();
    await topics.create(made);
    const stored: Stored = { table: "state", key: { pk: "topics", sk: made.name }, reads: [], writes: [] };
    await stamp(db, stored, NEWER_MINOR);
    expect(await topics.update({ ...made, version: 2 })).toBe("updated");
    expect(await itemIn(db, stored)).toMatchObject({
      f: NEWER_MINOR,
      newer: expect.any(String) as string,
      v: 2,
    });
  });

  it("leaves a timer of a newer major one to the release that set it", async () => {
    // GIVEN
    const db = await make();
    const timers = dynamoDbTimerStore(db);
    const timer: SubscriptionTimer = { kind: "wake-up", dueMs: 1, subscription: aSubscriptionRef() };
    const mine = async () =>
      (await timers.due(1, 1_000)).filter((one) => timerName(one) === timerName(timer));
    await timers.set(timer);
    const stored: Stored = { table: "state", key: timerItemKey(timer), reads: [], writes: [] };
    expect(await itemIn(db, stored)).toMatchObject({ f: 100 });
    await stamp(db, stored, NEWER_MINOR);
    expect(await mine()).toEqual([timer]);
    // WHEN
    await stamp(db, stored, NEWER_MAJOR);
    const before = await itemIn(db, stored);
    await timers.set(timer);
    await timers.replace(timer, { ...timer, dueMs: 2 });
    await timers.remove(timer);
    // THEN
    expect(await mine()).toEqual([]);
    expect(await itemIn(db, stored)).toEqual(before);
  });

  it("leaves a mark of a newer major one to the release that set it", async () => {
    // GIVEN
    const db = await make();
    const marks = dynamoDbMarkStore(db);
    const { name, uid } = aTopic();
    const mark = { topic: { name, uid }, version: unique("v"), setAtMs: 1 };
    const mine = async () =>
      (await marks.list({ limit: 1_000 })).items.filter(({ topic }) => topic.uid === uid);
    await marks.set(mark);
    const stored: Stored = { table: "state", key: markKey(mark.topic), reads: [], writes: [] };
    expect(await itemIn(db, stored)).toMatchObject({ f: 100 });
    await stamp(db, stored, NEWER_MINOR);
    expect(await mine()).toEqual([mark]);
    // WHEN
    await stamp(db, stored, NEWER_MAJOR);
    const before = await itemIn(db, stored);
    await marks.set(mark);
    expect([await marks.putOff(mark, 2), await marks.remove(mark)]).toEqual(["changed", "changed"]);
    // THEN
    expect(await mine()).toEqual([]);
    expect(await itemIn(db, stored)).toEqual(before);
    await expect(marks.get(mark.topic)).rejects.toMatchObject({ code: "stored-format-too-new" });
    await db.client.send(new DeleteCommand({ TableName: db.tables.state, Key: stored.key }));
  });

  it("may be missing, or none: then it is this one", async () => {
    const db = await make();
    const key = { pk: "topics", sk: unique("topic") };
    const made = aTopic();
    for (const fields of [{}, { f: "2.0" }]) {
      await db.client.send(
        new PutCommand({ TableName: db.tables.state, Item: { ...key, ...fields, topic: made } }),
      );
      expect(await dynamoDbTopicStore(db).get(key.sk)).toEqual(made);
    }
    await db.client.send(new DeleteCommand({ TableName: db.tables.state, Key: key }));
  });
}
