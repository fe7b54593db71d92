import { findHolding } from "../../../lib/operations/consume/find-holding.js";
import { findSubscription } from "../../../lib/operations/lookup.js";
import { aCursor, aHint, aLease, aRetry, aSpan } from "../../contract/builders.js";
import { withAudit } from "../a-consumer.js";

const PARTITION = 3;

async function withRecords() {
  const audit = await withAudit();
  const { subscription } = await findSubscription(audit.engine, "orders", "audit");
  const at = { partition: PARTITION, epoch: 0 };
  const lease = aLease({ ...at, spans: [aSpan(0, 4)], done: [1] });
  const retry = aRetry({ ...at, spans: [aSpan(4, 6)] });
  const elsewhere = aRetry({ ...at, partition: 4, spans: [aSpan(20, 30)] });
  const put = [lease, retry, elsewhere, aHint(lease, lease.dueMs)];
  await audit.engine.progress.move(subscription, { put });
  const find = (offset: number, cursor = aCursor()) =>
    findHolding(audit.engine, subscription, { partition: PARTITION, cursor, offset });
  return { ...audit, subscription, lease, retry, find };
}

it("finds the lease or retry that holds an open message of that partition", async () => {
  const { lease, retry, find } = await withRecords();
  expect(await find(0)).toEqual(lease);
  expect(await find(5)).toEqual(retry);
  for (const offset of [1, 6, 25]) expect(await find(offset)).toBeUndefined();
});

it("finds a lease in the cursor, without reading the records", async () => {
  const { engine, find } = await withRecords();
  const records = jest.spyOn(engine.progress, "records");
  const inner = {
    ...aLease({ partition: PARTITION, spans: [aSpan(7, 8)], epoch: 0 }),
    isInner: true as const,
  };
  expect(await find(7, aCursor({ inner: [inner] }))).toEqual(inner);
  expect(records).not.toHaveBeenCalled();
});

it("reads once more if a record moved behind it meanwhile", async () => {
  const { engine, subscription, retry, find } = await withRecords();
  const records = engine.progress.records.bind(engine.progress);
  let calls = 0;
  jest.spyOn(engine.progress, "records").mockImplementation(async (...args) => {
    if (calls++ > 0) return await records(...args);
    return { records: [] };
  });
  expect(await find(4)).toEqual(retry);
  expect([calls, subscription.epoch]).toEqual([2, 0]);
});

it("gives up once its time is over", async () => {
  const { engine, clock, find } = await withRecords();
  jest.spyOn(engine.progress, "records").mockImplementation(() => {
    clock.advance(6_000);
    return Promise.resolve({ records: [], lastId: "x" });
  });
  expect(await find(99)).toBe("too-many");
});
