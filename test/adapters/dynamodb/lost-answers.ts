import type { ProgressStore } from "../../../lib/domain/ports/progress-store.js";
import { dueId } from "../../../lib/domain/progress/records.js";
import { dynamoDbLogStore } from "../../../lib/adapters/dynamodb/log/log-store.js";
import { dynamoDbProgressStore } from "../../../lib/adapters/dynamodb/progress/progress-store.js";
import { dynamoDbLocks } from "../../../lib/adapters/dynamodb/locks.js";
import { dynamoDbSubscriptionStore } from "../../../lib/adapters/dynamodb/settings/subscription-store.js";
import { dynamoDbTopicStore } from "../../../lib/adapters/dynamodb/settings/topic-store.js";
import {
  NOW_MS,
  aCursor,
  anchorAfter,
  aLease,
  aNonce,
  aPartition,
  aRetry,
  aSlot,
  aSubscription,
  aSubscriptionRef,
  aTopic,
  tailOf,
  unique,
} from "../../contract/builders.js";
import { connectionReset, inject } from "./faults.js";
import type { TestTables } from "./tables.js";

/** Of the four that the client makes. */
const EARLIER_ATTEMPTS = 3;

/** A write goes through, its answer is lost, the SDK tries again: nobody may take its own write for another's. */
export function lostAnswers(make: () => Promise<TestTables>): void {
  /** Tables, and the same ones seen through a client whose next answers are lost. */
  const losing = async (times = 1) => {
    const db = await make();
    const client = db.aClient();
    const fault = inject(client, { times, error: connectionReset, carriedOut: true });
    afterTest.push(() => {
      expect(fault.left()).toBe(0);
      client.destroy();
    });
    return { db, faulty: { ...db, client } };
  };
  let afterTest: (() => void)[] = [];
  afterEach(() => {
    afterTest.forEach((check) => check());
    afterTest = [];
  });
  describe("of the log", () => logAnswers(losing));
  describe("of a move", () => moveAnswers(losing));
  describe("of a settlement", () => settlementAnswers(losing));
  describe("of a lock", () => lockAnswers(losing));
  describe("of a topic or subscription", () => topicAnswers(losing));
}

type Losing = (times?: number) => Promise<{ db: TestTables; faulty: TestTables }>;

function logAnswers(losing: Losing): void {
  it.each([
    { way: "plain", anchorVersion: undefined, bumped: 0 },
    { way: "anchored", anchorVersion: 0, bumped: 1 },
  ])("is stored, once, by a $way append", async ({ anchorVersion, bumped }) => {
    // GIVEN
    const { db, faulty } = await losing();
    const log = dynamoDbLogStore(db);
    const [partition, slot] = [aPartition(), aSlot()];
    // WHEN
    const outcome = await dynamoDbLogStore(faulty).append(partition, slot, { anchorVersion });
    // THEN
    expect(outcome).toEqual({ kind: "stored" });
    expect((await log.read(partition, 0, 10, { consistent: true })).slots).toEqual([slot]);
    expect(await log.anchorVersion(partition)).toBe(anchorAfter(bumped));
  });

  it("is stored, once, by appends that are one transaction", async () => {
    const { db, faulty } = await losing();
    const log = dynamoDbLogStore(db);
    const appends = [0, 1].map(() => ({ partition: aPartition(), slot: aSlot(), anchorVersion: 0 }));
    const outcome = await dynamoDbLogStore(faulty).appendAll({ appends, delays: [] });
    expect(outcome).toEqual({ kind: "stored" });
    for (const { partition, slot } of appends)
      expect((await log.read(partition, 0, 10, { consistent: true })).slots).toEqual([slot]);
  });

  it("still shows the winner of a race that was lost on the first attempt", async () => {
    const { db, faulty } = await losing();
    const partition = aPartition();
    const winner = aSlot({ count: 5 });
    // The answer of an unrelated append gets lost first.
    await dynamoDbLogStore(faulty).append(aPartition(), aSlot());
    await dynamoDbLogStore(db).append(partition, winner);
    expect(await dynamoDbLogStore(faulty).append(partition, aSlot())).toEqual({
      kind: "lost",
      winner: tailOf(winner),
    });
  });

  it("is not known where no answer ever came, and says so", async () => {
    const { db, faulty } = await losing();
    inject(faulty.client, { times: EARLIER_ATTEMPTS, error: connectionReset, carriedOut: false });
    const [partition, slot] = [aPartition(), aSlot()];
    const lost = dynamoDbLogStore(faulty).append(partition, slot);
    await expect(lost).rejects.toMatchObject({ code: "storage-unavailable" });
    expect(await dynamoDbLogStore(db).append(partition, slot)).toEqual({ kind: "stored" });
  });
}

function moveAnswers(losing: Losing): void {
  it("is moved, by a cursor alone", async () => {
    const { db, faulty } = await losing();
    const subscription = aSubscriptionRef();
    const next = aCursor({ head: 42 });
    const move = { cursor: { partition: 3, next } };
    expect(await dynamoDbProgressStore(faulty).move(subscription, move)).toBe("moved");
    expect(await dynamoDbProgressStore(db).cursor(subscription, 3)).toEqual(next);
    expect(await dynamoDbProgressStore(db).move(subscription, move)).toBe("conflict");
  });

  it("is moved, by a record that is put or replaced alone", async () => {
    const { db, faulty } = await losing(2);
    const [subscription, lease] = [aSubscriptionRef(), aLease()];
    // One answer is lost of each call: the repeat meets its condition, and that answer comes.
    expect(await dynamoDbProgressStore(faulty).move(subscription, { put: [lease] })).toBe("moved");
    const next = { ...lease, done: [3], version: 2 };
    expect(await dynamoDbProgressStore(faulty).move(subscription, { put: [next] })).toBe("moved");
    expect(await dynamoDbProgressStore(db).get(subscription, lease.id)).toEqual(next);
  });

  it("is moved, by a removal alone", async () => {
    const { db, faulty } = await losing();
    const [subscription, retry] = [aSubscriptionRef(), aRetry()];
    await dynamoDbProgressStore(db).move(subscription, { put: [retry] });
    expect(await dynamoDbProgressStore(faulty).move(subscription, { remove: [retry] })).toBe("moved");
    expect(await dynamoDbProgressStore(db).move(subscription, { remove: [retry] })).toBe("conflict");
  });

  it("is moved, by a transaction", async () => {
    const { db, faulty } = await losing();
    const [subscription, lease, retry] = [aSubscriptionRef(), aLease(), aRetry()];
    await dynamoDbProgressStore(db).move(subscription, { put: [lease] });
    const move = { cursor: { partition: 0, next: aCursor() }, remove: [lease], put: [retry] };
    expect(await dynamoDbProgressStore(faulty).move(subscription, move)).toBe("moved");
    expect(await dynamoDbProgressStore(db).get(subscription, lease.id)).toBeUndefined();
    expect(await dynamoDbProgressStore(db).get(subscription, retry.id)).toEqual(retry);
  });
}

const anInnerLease = () => aLease({ id: dueId(NOW_MS, `c000-${aNonce()}`), isInner: true });

function settlementAnswers(losing: Losing): void {
  const leased = async (times?: number) => {
    const { db, faulty } = await losing(times);
    const [subscription, lease] = [aSubscriptionRef(), aLease()];
    await dynamoDbProgressStore(db).move(subscription, { put: [lease] });
    return {
      subscription,
      lease,
      progress: dynamoDbProgressStore(db),
      faulty: dynamoDbProgressStore(faulty),
    };
  };

  it("is done, by a finish", async () => {
    const { subscription, lease, progress, faulty } = await leased();
    expect(await faulty.finish(subscription, lease.id)).toBe("done");
    expect(await progress.finish(subscription, lease.id)).toBe("gone");
  });

  it("has the cursor with its lease, by a move of a head with a lease in its cursor", async () => {
    const { db, faulty } = await losing();
    const [subscription, lease] = [aSubscriptionRef(), anInnerLease()];
    const next = aCursor({ head: 42 });
    const answer = await dynamoDbProgressStore(faulty).advance(subscription, { partition: 0, next }, [lease]);
    expect(answer).toEqual({ ...next, inner: [lease] });
    expect(await dynamoDbProgressStore(db).cursor(subscription, 0)).toEqual(answer);
  });

  it.each(["finish", "move"] as const)("is done, by a %s of a lease in its cursor", async (way) => {
    const { db, faulty } = await losing();
    const [subscription, lease] = [aSubscriptionRef(), anInnerLease()];
    const progress = dynamoDbProgressStore(db);
    await progress.advance(subscription, { partition: 0, next: aCursor() }, [lease]);
    const end = (store: ProgressStore) =>
      way === "finish" ? store.finish(subscription, lease.id) : store.move(subscription, { remove: [lease] });
    expect(await end(dynamoDbProgressStore(faulty))).toBe(way === "finish" ? "done" : "moved");
    expect(await end(progress)).toBe(way === "finish" ? "gone" : "conflict");
  });

  it("is done, by an end of several leases in their cursor", async () => {
    const { db, faulty } = await losing();
    const subscription = aSubscriptionRef();
    const leases = [anInnerLease(), anInnerLease(), anInnerLease()];
    const ids = leases.map(({ id }) => id);
    const progress = dynamoDbProgressStore(db);
    await progress.advance(subscription, { partition: 0, next: aCursor() }, leases);
    expect(await dynamoDbProgressStore(faulty).finishTogether(subscription, ids)).toEqual([
      "done",
      "done",
      "done",
    ]);
    expect(await progress.finishTogether(subscription, ids)).toEqual(["gone", "gone", "gone"]);
  });

  it("marks what an acknowledgement says", async () => {
    const { subscription, lease, faulty } = await leased();
    expect(await faulty.acknowledge(subscription, lease.id, [4])).toMatchObject({ id: lease.id, done: [4] });
  });

  it("is done, by an extension", async () => {
    const { subscription, lease, progress, faulty } = await leased();
    expect(await faulty.extend(subscription, lease.id, NOW_MS + 7)).toBe("done");
    expect(await progress.get(subscription, lease.id)).toMatchObject({ dueMs: NOW_MS + 7 });
  });
}

function lockAnswers(losing: Losing): void {
  it("is acquired, and nobody died", async () => {
    const { faulty } = await losing();
    const [name, owner] = [unique("pump"), aNonce()];
    const outcome = await dynamoDbLocks(faulty).acquire(name, owner, NOW_MS, NOW_MS + 10);
    expect(outcome).toEqual({ kind: "acquired", deaths: 0 });
    expect(await dynamoDbLocks(faulty).heldUntilMs(name)).toBe(NOW_MS + 10);
  });

  it("is released, and whether somebody had knocked is not known", async () => {
    const { db, faulty } = await losing();
    const [name, owner] = [unique("pump"), aNonce()];
    await dynamoDbLocks(db).acquire(name, owner, NOW_MS, NOW_MS + 10);
    expect(await dynamoDbLocks(faulty).release(name, owner)).toBe("knocked");
  });

  it("is released with a note", async () => {
    const { db, faulty } = await losing();
    const [name, owner] = [unique("lock"), aNonce()];
    await dynamoDbLocks(db).acquire(name, owner, NOW_MS, NOW_MS + 10);
    expect(await dynamoDbLocks(faulty).release(name, owner, "noted")).toBe("knocked");
    expect(await dynamoDbLocks(db).acquire(name, owner, NOW_MS, NOW_MS + 10)).toMatchObject({
      note: "noted",
    });
  });
}

function topicAnswers(losing: Losing): void {
  it("is created, updated and deleted, for a topic", async () => {
    const topic = aTopic();
    const [first, second, third] = [await losing(), await losing(), await losing()];
    expect(await dynamoDbTopicStore(first.faulty).create(topic)).toEqual({ kind: "created" });
    const next = { ...topic, description: "changed", version: 2 };
    expect(await dynamoDbTopicStore(second.faulty).update(next)).toBe("updated");
    expect(await dynamoDbTopicStore(second.db).get(topic.name)).toEqual(next);
    expect(await dynamoDbTopicStore(third.faulty).delete(topic, NOW_MS, NOW_MS + 10)).toBe("deleted");
    expect(await dynamoDbTopicStore(third.db).delete(topic, NOW_MS, NOW_MS + 10)).toBe("gone");
  });

  it("is created, updated and deleted, for a subscription, and counted once", async () => {
    const topic = aTopic();
    const [first, second, third] = [await losing(), await losing(), await losing()];
    const topics = dynamoDbTopicStore(first.db);
    await topics.create(topic);
    const subscription = aSubscription({ topic: { name: topic.name, uid: topic.uid } });
    expect(await dynamoDbSubscriptionStore(first.faulty).create(subscription)).toEqual({ kind: "created" });
    const next = { ...subscription, paused: true, version: 2 };
    expect(await dynamoDbSubscriptionStore(second.faulty).update(next)).toBe("updated");
    expect(await topics.delete(topic, NOW_MS, NOW_MS + 10)).toBe("has-subscriptions");
    expect(await dynamoDbSubscriptionStore(third.faulty).delete(next, NOW_MS)).toBe("deleted");
    expect(await topics.delete(topic, NOW_MS, NOW_MS + 10)).toBe("deleted");
  });
}
