import { TransactWriteCommand } from "../../../lib/adapters/dynamodb/commands.js";
import type { DynamoDb } from "../../../lib/adapters/dynamodb/client.js";
import { cancellationReasons } from "../../../lib/adapters/dynamodb/errors.js";
import { dynamoDbLogStore } from "../../../lib/adapters/dynamodb/log/log-store.js";
import { dynamoDbProgressStore } from "../../../lib/adapters/dynamodb/progress/progress-store.js";
import { dynamoDbSubscriptionStore } from "../../../lib/adapters/dynamodb/settings/subscription-store.js";
import { dynamoDbTopicStore } from "../../../lib/adapters/dynamodb/settings/topic-store.js";
import type { LogStore } from "../../../lib/domain/ports/log-store.js";
import { connectionReset, inject } from "../../adapters/dynamodb/faults.js";
import {
  aCursor,
  anchorAfter,
  aLease,
  aPartition,
  aRetry,
  aSlot,
  aSubscription,
  aSubscriptionRef,
  aTopic,
  tailOf,
  unique,
} from "../../contract/builders.js";
import { aClient, someTables } from "./tables.js";

const WRITERS = 12;
jest.setTimeout(60_000);

let db: DynamoDb;
let log: LogStore;
beforeAll(async () => {
  db = await someTables();
  log = dynamoDbLogStore(db);
});
afterAll(() => db.client.destroy());

it("says of each item why it was refused, in the items' order, with what is stored there", async () => {
  // GIVEN
  const TableName = db.tables.state;
  const put = (pk: string, v: number) => ({
    Put: {
      TableName,
      Item: { pk, sk: "-", v },
      ConditionExpression: "attribute_not_exists(pk)",
      ReturnValuesOnConditionCheckFailure: "ALL_OLD" as const,
    },
  });
  const [free, taken] = [unique("free"), unique("taken")];
  await db.client.send(new TransactWriteCommand({ TransactItems: [put(taken, 1)] }));
  // WHEN
  const both = new TransactWriteCommand({ TransactItems: [put(free, 2), put(taken, 2)] });
  const error: unknown = await db.client.send(both).catch((thrown: unknown) => thrown);
  // THEN
  expect(cancellationReasons(error)).toEqual([
    { code: "None" },
    { code: "ConditionalCheckFailed", item: { pk: taken, sk: "-", v: 1 } },
  ]);
});

describe("an append with the anchor", () => {
  it("that lost the place shows the winner, and leaves the anchor alone", async () => {
    const partition = aPartition();
    const winner = aSlot();
    await log.append(partition, winner);
    expect(await log.append(partition, aSlot(), { anchorVersion: 0 })).toEqual({
      kind: "lost",
      winner: tailOf(winner),
    });
    expect(await log.anchorVersion(partition)).toBe(0);
  });

  it("whose anchor moved stores nothing", async () => {
    const partition = aPartition();
    const first = aSlot();
    await log.append(partition, first, { anchorVersion: 0 });
    expect(await log.append(partition, aSlot({ base: 1 }), { anchorVersion: 0 })).toEqual({
      kind: "anchor-moved",
    });
    expect(await log.tail(partition)).toEqual(tailOf(first));
  });

  it("whose answer was lost is stored once: its token tells the repeat from another", async () => {
    // GIVEN
    const client = aClient();
    const fault = inject(client, { times: 1, error: connectionReset, carriedOut: true });
    const [partition, slot] = [aPartition(), aSlot()];
    // WHEN
    const outcome = await dynamoDbLogStore({ ...db, client }).append(partition, slot, { anchorVersion: 0 });
    // THEN
    expect([outcome, fault.left()]).toEqual([{ kind: "stored" }, 0]);
    expect(await log.anchorVersion(partition)).toBe(anchorAfter(1));
  });

  it(`goes through for one of ${WRITERS} at once, and the anchor moves once`, async () => {
    const partition = aPartition();
    const outcomes = await Promise.all(
      Array.from({ length: WRITERS }, () => log.append(partition, aSlot(), { anchorVersion: 0 })),
    );
    const kinds = outcomes.map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === "stored")).toHaveLength(1);
    expect(kinds.filter((kind) => kind === "lost")).toHaveLength(WRITERS - 1);
    expect(await log.anchorVersion(partition)).toBe(anchorAfter(1));
  });
});

describe("a move of messages", () => {
  it("that met a newer cursor puts no lease", async () => {
    // GIVEN
    const progress = dynamoDbProgressStore(db);
    const [subscription, lease] = [aSubscriptionRef(), aLease()];
    await progress.move(subscription, { cursor: { partition: 0, next: aCursor() } });
    // WHEN
    const move = { cursor: { partition: 0, next: aCursor({ head: 20 }) }, put: [lease] };
    // THEN
    expect(await progress.move(subscription, move)).toBe("conflict");
    expect(await progress.get(subscription, lease.id)).toBeUndefined();
    expect(await progress.cursor(subscription, 0)).toMatchObject({ head: 10 });
  });

  it("from a lease to retries happens for one of two who try, and in full", async () => {
    // GIVEN
    const progress = dynamoDbProgressStore(db);
    const [subscription, lease] = [aSubscriptionRef(), aLease()];
    await progress.move(subscription, { put: [lease] });
    const retries = [aRetry(), aRetry()];
    // WHEN
    const outcomes = await Promise.all(
      retries.map((retry) => progress.move(subscription, { remove: [lease], put: [retry] })),
    );
    // THEN
    expect([...outcomes].sort()).toEqual(["conflict", "moved"]);
    const stored = await Promise.all(retries.map(({ id }) => progress.get(subscription, id)));
    expect(stored.map((retry) => retry !== undefined)).toEqual(outcomes.map((one) => one === "moved"));
    expect(await progress.get(subscription, lease.id)).toBeUndefined();
  });
});

describe("a subscription that is made", () => {
  it("twice at once is there once, and the loser is shown it", async () => {
    // GIVEN
    const topic = aTopic();
    await dynamoDbTopicStore(db).create(topic);
    const store = dynamoDbSubscriptionStore(db);
    const name = unique("subscription");
    const both = [aSubscription({ topic, name }), aSubscription({ topic, name })];
    // WHEN
    const outcomes = await Promise.all(both.map((subscription) => store.create(subscription)));
    // THEN
    const winner = both[outcomes.findIndex(({ kind }) => kind === "created")];
    const loser = outcomes.find(({ kind }) => kind !== "created");
    expect(loser).toMatchObject({ kind: "exists", subscription: { uid: winner?.uid } });
  });

  it("on a topic that is gone is refused for that reason", async () => {
    const outcome = await dynamoDbSubscriptionStore(db).create(aSubscription());
    expect(outcome).toEqual({ kind: "topic-gone" });
  });
});
