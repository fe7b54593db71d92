import { dynamoDbLocks } from "../../../lib/adapters/dynamodb/locks.js";
import { dynamoDbLogStore } from "../../../lib/adapters/dynamodb/log/log-store.js";
import { dynamoDbProgressStore } from "../../../lib/adapters/dynamodb/progress/progress-store.js";
import { dynamoDbGarbageStore } from "../../../lib/adapters/dynamodb/settings/garbage-store.js";
import { dynamoDbSubscriptionStore } from "../../../lib/adapters/dynamodb/settings/subscription-store.js";
import { dynamoDbTopicStore } from "../../../lib/adapters/dynamodb/settings/topic-store.js";
import { dueId } from "../../../lib/domain/progress/records.js";
import { subscriptionKey } from "../../../lib/domain/subscription.js";
import { partitionKey } from "../../../lib/domain/topic.js";
import {
  anchorAfter,
  NOW_MS,
  aCursor,
  aLease,
  aNonce,
  aPartition,
  aRetry,
  aSetAside,
  aSlot,
  aSubscription,
  aSubscriptionRef,
  aTopic,
  unique,
  tailOf,
} from "../../contract/builders.js";
import { deadLetter } from "./dead-letter-kinds.js";
import { schedule } from "./schedule-kind.js";
import type { Kind } from "./stored.js";
import type { TestTables } from "./tables.js";

const PAGE = { limit: 1_000 };

const slot: Kind = async (db) => {
  const log = dynamoDbLogStore(db);
  const partition = aPartition();
  await log.append(partition, aSlot());
  return {
    table: "log",
    key: { pk: partitionKey(partition), base: 0 },
    reads: [
      () => log.read(partition, 0, 10, { consistent: true }),
      () => log.slotAt(partition, 5),
      () => log.tail(partition),
    ],
    writes: [
      () => log.append(partition, aSlot()),
      () => log.append(partition, aSlot(), { anchorVersion: 0 }),
    ],
  };
};

const anchor: Kind = async (db) => {
  const log = dynamoDbLogStore(db);
  const partition = aPartition();
  await log.append(partition, aSlot(), { anchorVersion: 0 });
  const { name, uid } = partition.topic;
  return {
    table: "state",
    key: { pk: `anchors#${name}#${uid}`, sk: "000" },
    reads: [() => log.anchorVersion(partition), () => log.anchors(partition.topic)],
    writes: [
      () => log.append(partition, aSlot({ base: 1 }), { anchorVersion: anchorAfter(1) }),
      () => log.append(partition, aSlot({ base: 1 }), { anchorVersion: 0 }),
      () => log.noteTail(partition, anchorAfter(1), tailOf(aSlot())),
      () => log.raise(partition, anchorAfter(1), NOW_MS),
      () => log.retire(partition, anchorAfter(1)),
    ],
  };
};

const record: Kind = async (db) => {
  const log = dynamoDbLogStore(db);
  const partition = aPartition();
  const claim = { kind: "claim", name: unique("record"), value: "v", expiresAtMs: NOW_MS } as const;
  await log.append(partition, aSlot(), { beside: [claim] });
  const removal = { kind: "remove", name: claim.name, version: 1 } as const;
  return {
    table: "state",
    key: { pk: `record#${claim.name}`, sk: "-" },
    reads: [],
    writes: [
      () => log.append(partition, aSlot({ base: 1 }), { beside: [claim] }),
      () => log.append(partition, aSlot({ base: 1 }), { beside: [removal] }),
    ],
  };
};

const topic: Kind = async (db) => {
  const topics = dynamoDbTopicStore(db);
  const made = aTopic();
  await topics.create(made);
  return {
    table: "state",
    key: { pk: "topics", sk: made.name },
    reads: [() => topics.get(made.name), () => topics.list(PAGE)],
    writes: [
      () => topics.create({ ...aTopic(), name: made.name }),
      () => topics.update({ ...made, version: 2 }),
      () => topics.delete(made, NOW_MS, NOW_MS),
      () => dynamoDbSubscriptionStore(db).create(aSubscription({ topic: made })),
    ],
  };
};

const tombstone: Kind = async (db) => {
  const topics = dynamoDbTopicStore(db);
  const made = aTopic();
  await topics.create(made);
  await topics.delete(made, NOW_MS, NOW_MS);
  const again = { ...aTopic(), name: made.name, createdAtMs: NOW_MS + 1 };
  return {
    table: "state",
    key: { pk: "topics", sk: made.name },
    reads: [() => topics.get(made.name), () => topics.list(PAGE)],
    writes: [() => topics.create(again)],
  };
};

const subscription: Kind = async (db) => {
  const [topics, subscriptions] = [dynamoDbTopicStore(db), dynamoDbSubscriptionStore(db)];
  const on = aTopic();
  const made = aSubscription({ topic: { name: on.name, uid: on.uid } });
  await topics.create(on);
  await subscriptions.create(made);
  return {
    table: "state",
    key: { pk: `subscriptions#${on.name}#${on.uid}`, sk: made.name },
    reads: [() => subscriptions.get(on, made.name), () => subscriptions.list(on, PAGE)],
    writes: [
      () => subscriptions.create({ ...made, uid: unique("s") }),
      () => subscriptions.update({ ...made, version: 2 }),
      () => subscriptions.delete(made, NOW_MS),
    ],
  };
};

const garbage: Kind = async (db) => {
  const [topics, subscriptions] = [dynamoDbTopicStore(db), dynamoDbSubscriptionStore(db)];
  const on = aTopic();
  const made = aSubscription({ topic: { name: on.name, uid: on.uid } });
  await topics.create(on);
  await subscriptions.create(made);
  await subscriptions.delete(made, NOW_MS);
  return {
    table: "state",
    key: { pk: "garbage", sk: dueId(NOW_MS, `subscription#${subscriptionKey(made)}`) },
    reads: [() => dynamoDbGarbageStore(db).list(PAGE)],
    writes: [],
  };
};

const topicGarbage: Kind = async (db) => {
  const topics = dynamoDbTopicStore(db);
  const made = aTopic();
  await topics.create(made);
  await topics.delete(made, NOW_MS, NOW_MS);
  return {
    table: "state",
    key: { pk: "garbage", sk: dueId(NOW_MS, `topic#${made.name}#${made.uid}`) },
    reads: [() => dynamoDbGarbageStore(db).list(PAGE)],
    writes: [],
  };
};

const progressOf = (db: TestTables) => {
  const ref = aSubscriptionRef();
  return { progress: dynamoDbProgressStore(db), ref, pk: `progress#${subscriptionKey(ref)}` };
};

const cursor: Kind = async (db) => {
  const { progress, ref, pk } = progressOf(db);
  await progress.move(ref, { cursor: { partition: 3, next: aCursor() } });
  return {
    table: "state",
    key: { pk, sk: "cursor#003" },
    reads: [() => progress.cursor(ref, 3), () => progress.cursors(ref, { consistent: true })],
    writes: [() => progress.move(ref, { cursor: { partition: 3, next: aCursor({ version: 2 }) } })],
  };
};

const lease: Kind = async (db) => {
  const { progress, ref, pk } = progressOf(db);
  const made = aLease();
  await progress.move(ref, { put: [made] });
  return {
    table: "state",
    key: { pk, sk: `due#${made.id}` },
    reads: [
      () => progress.get(ref, made.id),
      () => progress.due(ref, NOW_MS, 10),
      () => progress.nextDueMs(ref),
      () => progress.totals(ref, 0),
    ],
    writes: [
      () => progress.acknowledge(ref, made.id, [0]),
      () => progress.extend(ref, made.id, NOW_MS + 1),
      () => progress.finish(ref, made.id),
      () => progress.move(ref, { put: [{ ...made, version: 2 }] }),
      () => progress.move(ref, { remove: [made] }),
    ],
  };
};

const expired: Kind = async (db) => {
  const { progress, ref, pk } = progressOf(db);
  await progress.move(ref, { put: [aLease()], expired: 3 });
  return {
    table: "state",
    key: { pk, sk: "expired" },
    reads: [() => progress.totals(ref, 0)],
    writes: [() => progress.move(ref, { put: [aLease()], expired: 1 })],
  };
};

const retry: Kind = async (db) => {
  const { progress, ref, pk } = progressOf(db);
  const made = aRetry();
  await progress.move(ref, { put: [made] });
  return {
    table: "state",
    key: { pk, sk: `due#${made.id}` },
    reads: [
      () => progress.due(ref, NOW_MS, 10),
      () => progress.nextDueMs(ref),
      () => progress.totals(ref, 0),
    ],
    writes: [
      () => progress.move(ref, { put: [{ ...made, version: 2 }] }),
      () => progress.move(ref, { remove: [made] }),
    ],
  };
};

const setAside: Kind = async (db) => {
  const { progress, ref, pk } = progressOf(db);
  const made = aSetAside();
  const move = { cursor: { partition: 0, next: aCursor() }, setAside: [made] };
  await progress.move(ref, { setAside: [made] });
  return {
    table: "state",
    key: { pk, sk: "aside#000#0000000000000000" },
    reads: [() => progress.setAside(ref, PAGE)],
    writes: [() => progress.move(ref, { setAside: [made] }), () => progress.move(ref, move)],
  };
};

const lock: Kind = async (db) => {
  const locks = dynamoDbLocks(db);
  const [name, owner] = [unique("lane"), aNonce()];
  await locks.acquire(name, owner, NOW_MS, NOW_MS + 1);
  return {
    table: "state",
    key: { pk: `lock#${name}`, sk: "-" },
    reads: [() => locks.heldUntilMs(name), () => locks.note(name)],
    writes: [
      () => locks.acquire(name, owner, NOW_MS, NOW_MS + 2),
      () => locks.acquire(name, aNonce(), NOW_MS + 5, NOW_MS + 9),
      () => locks.renew(name, owner, NOW_MS + 2, true),
      () => locks.release(name, owner),
    ],
  };
};

/** Every kind of item that the tables hold. */
export const KINDS: readonly [name: string, kind: Kind][] = Object.entries({
  "a slot": slot,
  "an anchor": anchor,
  "a record beside the log": record,
  "a topic": topic,
  "a tombstone": tombstone,
  "a subscription": subscription,
  "a schedule": schedule,
  "the note of a deleted subscription": garbage,
  "the note of a deleted topic": topicGarbage,
  "a cursor": cursor,
  "a lease": lease,
  "a retry": retry,
  "a slot set aside": setAside,
  "the count of what expired": expired,
  "a dead letter": deadLetter("letter"),
  "a dead letter in the list": deadLetter("listed"),
  "a count of dead letters": deadLetter("count"),
  "a lock": lock,
});
