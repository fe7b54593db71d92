import { dueId } from "../../../lib/domain/progress/records.js";
import { dynamoDbLogStore } from "../../../lib/adapters/dynamodb/log/log-store.js";
import { dynamoDbProgressStore } from "../../../lib/adapters/dynamodb/progress/progress-store.js";
import { dynamoDbLocks } from "../../../lib/adapters/dynamodb/locks.js";
import { dynamoDbSubscriptionStore } from "../../../lib/adapters/dynamodb/settings/subscription-store.js";
import { dynamoDbTimerStore } from "../../../lib/adapters/dynamodb/timer-store.js";
import { dynamoDbTopicStore } from "../../../lib/adapters/dynamodb/settings/topic-store.js";
import type { Claim } from "../../../lib/domain/beside.js";
import { dedupClaim } from "../../../lib/domain/dedup.js";
import { messageId } from "../../../lib/domain/message-id.js";
import type { Stored } from "../../../lib/domain/publish-result.js";
import { type Meter, meter } from "../../../local/dynamodb-meter.js";
import {
  NOW_MS,
  aCursor,
  aLease,
  aNonce,
  aPartition,
  aRetry,
  aSlot,
  aSpan,
  aSubscription,
  aSubscriptionRef,
  aTopic,
  unique,
} from "../../contract/builders.js";
import type { TestTables } from "./tables.js";

/** A slot whose inline bytes are `size` long. */
const slotOf = (size: number, base = 0) =>
  aSlot({ base, count: 10, content: { kind: "inline", bytes: new Uint8Array(size) } });

/** A name as long as names get: keys are paid for too. */
const aLongRef = () => {
  const { topic, name, uid } = aSubscriptionRef();
  return { topic: { ...topic, name: topic.name.padEnd(80, "x") }, name: name.padEnd(80, "x"), uid };
};

/** What each call costs, in write units: the promises that the price of a message is made of. */
export function writeUnits(make: () => Promise<TestTables>): void {
  const metered = async () => {
    const tables = await make();
    const db = { ...tables, client: tables.aClient() };
    return { db, cost: meter(db.client) };
  };
  describe("the log", () => logUnits(metered));
  describe("the progress", () => progressUnits(metered));
  describe("the rest", () => otherUnits(metered));
}

type Metered = () => Promise<{ db: TestTables; cost: Meter }>;

function logUnits(metered: Metered): void {
  it.each([
    { sizeBytes: 700, units: 1 },
    { sizeBytes: 9_900, units: 10 },
  ])("takes $units for a plain append of $sizeBytes bytes", async ({ sizeBytes, units }) => {
    const { db, cost } = await metered();
    await dynamoDbLogStore(db).append(aPartition(), slotOf(sizeBytes));
    expect(cost.take()).toBe(units);
  });

  it("takes one for a slot whose bytes are in S3", async () => {
    const { db, cost } = await metered();
    const content = { kind: "segment", key: `segments/3d/${"x".repeat(130)}`, sizeBytes: 5_000_000 } as const;
    await dynamoDbLogStore(db).append(aPartition(), aSlot({ content }));
    expect(cost.take()).toBe(1);
  });

  it("takes two for each message with a dedupId, and two for the slot of a KB: it is a transaction", async () => {
    const { db, cost } = await metered();
    const beside = Array.from({ length: 10 }, aDedupClaim);
    await dynamoDbLogStore(db).append(aPartition(), slotOf(700), { beside });
    expect(cost.take()).toBe(22);
  });

  it("takes four for an append with the anchor: two items, in a transaction", async () => {
    const { db, cost } = await metered();
    await dynamoDbLogStore(db).append(aPartition(), slotOf(700), { anchorVersion: 0 });
    expect(cost.take()).toBe(4);
  });
}

/** As large as they get. */
const aDedupClaim = (): Claim => {
  const topic = { name: "x".repeat(80), uid: unique("t"), dedupWindowSeconds: 300 };
  const first = {
    kind: "published",
    id: messageId({ topic, partition: 255, offset: 2 ** 52 }),
    publishedAtMs: NOW_MS,
  };
  return dedupClaim(topic, unique("dedup"), first as Stored, NOW_MS);
};

function progressUnits(metered: Metered): void {
  it("takes one to move a head with a lease in its cursor, and one to end that", async () => {
    const { db, cost } = await metered();
    const [progress, subscription] = [dynamoDbProgressStore(db), aLongRef()];
    const lease = aLease({ id: dueId(NOW_MS, `c000-${aNonce()}`), isInner: true });
    await progress.advance(subscription, { partition: 0, next: aCursor() }, [lease]);
    expect(cost.take()).toBe(1);
    await progress.finish(subscription, lease.id);
    expect(cost.take()).toBe(1);
  });

  it("takes two to move a head with eight leases in its cursor, and two to end all of them", async () => {
    const { db, cost } = await metered();
    const [progress, subscription] = [dynamoDbProgressStore(db), aLongRef()];
    const spans = [aSpan(NOW_MS * 1_000, NOW_MS * 1_000 + 250, { firstReceivedAtMs: NOW_MS })];
    const leases = Array.from({ length: 8 }, () =>
      aLease({ id: dueId(NOW_MS, `c000-${aNonce()}`), isInner: true, spans }),
    );
    await progress.advance(subscription, { partition: 0, next: aCursor({ head: NOW_MS * 1_000 }) }, leases);
    expect(cost.take()).toBe(2);
    await progress.finishTogether(
      subscription,
      leases.map(({ id }) => id),
    );
    expect(cost.take()).toBe(2);
  });

  it("takes one to move a cursor, by a plain write", async () => {
    const { db, cost } = await metered();
    const open = Array.from({ length: 10 }, () => aLease().id);
    await dynamoDbProgressStore(db).move(aLongRef(), { cursor: { partition: 7, next: aCursor({ open }) } });
    expect(cost.take()).toBe(1);
  });

  it("takes four to move a cursor and put a lease, of ten messages that came ten ways", async () => {
    const { db, cost } = await metered();
    const spans = Array.from({ length: 10 }, (_, at) => {
      const from = NOW_MS * 1_000 + at * 100;
      return aSpan(from, from + 1, { slotBase: from - 99, firstReceivedAtMs: NOW_MS });
    });
    const move = { cursor: { partition: 7, next: aCursor() }, put: [aLease({ spans })] };
    await dynamoDbProgressStore(db).move(aLongRef(), move);
    expect(cost.take()).toBe(4);
  });

  it("takes one each to put, to replace and to remove a single record", async () => {
    const { db, cost } = await metered();
    const progress = dynamoDbProgressStore(db);
    const [subscription, retry] = [aLongRef(), aRetry()];
    await progress.move(subscription, { put: [retry] });
    expect(cost.take()).toBe(1);
    await progress.move(subscription, { put: [{ ...retry, version: 2 }] });
    expect(cost.take()).toBe(1);
    await progress.move(subscription, { remove: [{ ...retry, version: 2 }] });
    expect(cost.take()).toBe(1);
  });

  it("takes one each to acknowledge a part, to extend and to finish", async () => {
    const { db, cost } = await metered();
    const progress = dynamoDbProgressStore(db);
    const [subscription, lease] = [aLongRef(), aLease()];
    await progress.move(subscription, { put: [lease] });
    cost.take();
    await progress.extend(subscription, lease.id, NOW_MS + 1);
    expect(cost.take()).toBe(1);
    await progress.acknowledge(subscription, lease.id, [0, 1, 2]);
    expect(cost.take()).toBe(1);
    await progress.finish(subscription, lease.id);
    expect(cost.take()).toBe(1);
  });
}

function otherUnits(metered: Metered): void {
  it("takes one each to take, to keep and to let go of a pump lease", async () => {
    const { db, cost } = await metered();
    const leases = dynamoDbLocks(db);
    const [name, owner] = [unique("pump"), aNonce()];
    await leases.acquire(name, owner, NOW_MS, NOW_MS + 1);
    expect(cost.take()).toBe(1);
    await leases.renew(name, owner, NOW_MS + 2, true);
    expect(cost.take()).toBe(1);
    await leases.release(name, owner);
    expect(cost.take()).toBe(1);
  });

  it("takes one each to set and to remove a timer, and four to put it off", async () => {
    const { db, cost } = await metered();
    const timers = dynamoDbTimerStore(db);
    const timer = { kind: "wake-up", dueMs: NOW_MS, subscription: aLongRef() } as const;
    await timers.set(timer);
    expect(cost.take()).toBe(1);
    const later = { ...timer, dueMs: NOW_MS + 1 };
    await timers.replace(timer, later);
    expect(cost.take()).toBe(4);
    await timers.remove(later);
    expect(cost.take()).toBe(1);
  });

  it("takes one to make or change a topic, four to make a subscription, eight to delete it", async () => {
    const { db, cost } = await metered();
    const topic = aTopic();
    await dynamoDbTopicStore(db).create(topic);
    expect(cost.take()).toBe(1);
    await dynamoDbTopicStore(db).update({ ...topic, version: 2 });
    expect(cost.take()).toBe(1);
    const subscription = aSubscription({ topic });
    await dynamoDbSubscriptionStore(db).create(subscription);
    expect(cost.take()).toBe(4);
    await dynamoDbSubscriptionStore(db).delete(subscription, NOW_MS);
    expect(cost.take()).toBe(8);
  });
}
