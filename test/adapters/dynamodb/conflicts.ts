import { dynamoDbLogStore } from "../../../lib/adapters/dynamodb/log/log-store.js";
import { dynamoDbProgressStore } from "../../../lib/adapters/dynamodb/progress/progress-store.js";
import { dynamoDbSubscriptionStore } from "../../../lib/adapters/dynamodb/settings/subscription-store.js";
import { dynamoDbTopicStore } from "../../../lib/adapters/dynamodb/settings/topic-store.js";
import {
  NOW_MS,
  aCursor,
  aLease,
  aPartition,
  aSlot,
  aSubscription,
  aSubscriptionRef,
  aTopic,
} from "../../contract/builders.js";
import { inject, throttled, transactionConflict, writeConflict } from "./faults.js";
import type { TestTables } from "./tables.js";

const ALWAYS = 1_000;

/** What DynamoDB Local never says, and AWS does: items that a transaction holds, and throttling. */
export function conflicts(make: () => Promise<TestTables>): void {
  const refusing = async (error: () => Error, times: number) => {
    const db = await make();
    const client = db.aClient();
    inject(client, { times, error, carriedOut: false });
    return { db, faulty: { ...db, client } };
  };
  describe("with another transaction", () => transactionConflicts(refusing));
  describe("with the table's limits", () => throttling(refusing));
}

type Refusing = (error: () => Error, times: number) => Promise<{ db: TestTables; faulty: TestTables }>;

function transactionConflicts(refusing: Refusing): void {
  it.each([
    { way: "plain", anchorVersion: undefined, error: writeConflict },
    { way: "anchored", anchorVersion: 0, error: () => transactionConflict(2) },
  ])("are waited out by a $way append", async ({ anchorVersion, error }) => {
    const { faulty } = await refusing(error, 3);
    const outcome = await dynamoDbLogStore(faulty).append(aPartition(), aSlot(), { anchorVersion });
    expect(outcome).toEqual({ kind: "stored" });
  });

  it.each([
    { way: "plain", anchorVersion: undefined, error: writeConflict },
    { way: "anchored", anchorVersion: 0, error: () => transactionConflict(2) },
  ])("that do not end throttle a $way append, which is not stored then", async ({ anchorVersion, error }) => {
    const { db, faulty } = await refusing(error, ALWAYS);
    const partition = aPartition();
    const appended = dynamoDbLogStore(faulty).append(partition, aSlot(), { anchorVersion });
    await expect(appended).rejects.toMatchObject({ code: "throttled" });
    expect(await dynamoDbLogStore(db).tail(partition)).toBeUndefined();
  });

  it("are waited out by appends that are one transaction, or are a conflict that stored nothing", async () => {
    const all = () => ({
      appends: [0, 1].map(() => ({ partition: aPartition(), slot: aSlot() })),
      delays: [],
    });
    const passing = await refusing(() => transactionConflict(2), 3);
    expect(await dynamoDbLogStore(passing.faulty).appendAll(all())).toEqual({ kind: "stored" });
    const { db, faulty } = await refusing(() => transactionConflict(2), ALWAYS);
    const lasting = all();
    await expect(dynamoDbLogStore(faulty).appendAll(lasting)).rejects.toMatchObject({ code: "conflict" });
    for (const { partition } of lasting.appends)
      expect(await dynamoDbLogStore(db).tail(partition)).toBeUndefined();
  });

  it.each([
    { what: "plain write", put: [], error: writeConflict },
    { what: "transaction", put: [aLease()], error: () => transactionConflict(2) },
  ])("are a conflict to a move by $what: somebody moves the same", async ({ put, error }) => {
    const { faulty } = await refusing(error, 1);
    const move = { cursor: { partition: 0, next: aCursor() }, put };
    expect(await dynamoDbProgressStore(faulty).move(aSubscriptionRef(), move)).toBe("conflict");
  });

  it("are waited out by a settlement", async () => {
    const { db, faulty } = await refusing(writeConflict, 2);
    const [subscription, lease] = [aSubscriptionRef(), aLease()];
    await dynamoDbProgressStore(db).move(subscription, { put: [lease] });
    expect(await dynamoDbProgressStore(faulty).extend(subscription, lease.id, NOW_MS + 1)).toBe("done");
    expect(await dynamoDbProgressStore(faulty).finish(subscription, lease.id)).toBe("done");
  });

  it("are waited out by who makes a subscription", async () => {
    const { db, faulty } = await refusing(() => transactionConflict(2), 3);
    const topic = aTopic();
    await dynamoDbTopicStore(db).create(topic);
    const outcome = await dynamoDbSubscriptionStore(faulty).create(aSubscription({ topic }));
    expect(outcome).toEqual({ kind: "created" });
  });

  it("that do not end are a conflict to who makes a subscription", async () => {
    const { faulty } = await refusing(() => transactionConflict(2), ALWAYS);
    const created = dynamoDbSubscriptionStore(faulty).create(aSubscription());
    await expect(created).rejects.toMatchObject({ code: "conflict" });
  });
}

function throttling(refusing: Refusing): void {
  it("is waited out by the client", async () => {
    const { faulty } = await refusing(throttled, 1);
    expect(await dynamoDbLogStore(faulty).append(aPartition(), aSlot())).toEqual({ kind: "stored" });
  });

  it("that does not end says when to try again", async () => {
    const { faulty } = await refusing(throttled, ALWAYS);
    const expected = { code: "throttled", retryAfterMs: expect.any(Number) };
    const log = dynamoDbLogStore(faulty);
    await Promise.all([
      expect(log.append(aPartition(), aSlot())).rejects.toMatchObject(expected),
      expect(log.tail(aPartition())).rejects.toMatchObject(expected),
    ]);
  });
}
