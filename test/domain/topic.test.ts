import fc from "fast-check";
import {
  type Paused,
  TOPIC_DEFAULTS,
  deliveryIsPaused,
  parsePartitionKey,
  partitionKey,
  partitionOfKey,
  publishIsPaused,
} from "../../lib/domain/topic.js";
import { aTopic } from "../contract/builders.js";

describe("a partition's key", () => {
  it("names topic, life and partition, and can be read back", () => {
    const name = fc.stringMatching(/^[\w-]{1,80}$/);
    const some = fc.record({
      topic: fc.record({ name, uid: fc.stringMatching(/^[\w-]{1,24}$/) }),
      partition: fc.integer({ min: 0, max: 255 }),
    });
    fc.assert(fc.property(some, (ref) => expect(parsePartitionKey(partitionKey(ref))).toEqual(ref)));
  });

  it("is the same only for the same partition of the same life", () => {
    const topic = { name: "orders", uid: "u" };
    const keys = [
      { topic, partition: 1 },
      { topic, partition: 11 },
      { topic: { ...topic, uid: "u2" }, partition: 1 },
      { topic: { ...topic, name: "orders-2" }, partition: 1 },
    ].map(partitionKey);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it.each([
    "",
    "orders",
    "orders#u",
    "orders#u#",
    "#u#1",
    "orders##1",
    "orders#u#x",
    "orders#u#1#2",
    "a#b#1000",
  ])("is not %j", (key) => expect(parsePartitionKey(key)).toBeUndefined());
});

describe("an ordering key", () => {
  it("names one of the partitions, the same each time", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.integer({ min: 1, max: 256 }), (key, partitions) => {
        const partition = partitionOfKey(key, partitions);
        expect(partition).toBe(partitionOfKey(key, partitions));
        expect(partition).toBeGreaterThanOrEqual(0);
        expect(partition).toBeLessThan(partitions);
      }),
    );
  });

  // For ever: another hash would tear the order of every key that is in use.
  it.each([
    ["order-1", 16, 1],
    ["order-2", 16, 6],
    ["Straße", 16, 12],
    ["", 16, 2],
    ["order-1", 5, 0],
  ])("%j of %i partitions names partition %i", (key, partitions, partition) => {
    expect(partitionOfKey(key, partitions)).toBe(partition);
  });

  it("spreads over all partitions", () => {
    const hits = new Map<number, number>();
    for (let at = 0; at < 16_000; at++) {
      const partition = partitionOfKey(`customer-${at}`, 16);
      hits.set(partition, (hits.get(partition) ?? 0) + 1);
    }
    expect(hits.size).toBe(16);
    for (const count of hits.values()) expect(Math.abs(count - 1_000)).toBeLessThan(200);
  });
});

it("a topic of which nothing is said has 16 partitions without order, keeps messages 3 days, and runs", () => {
  expect(TOPIC_DEFAULTS).toEqual({
    ordering: "none",
    partitions: 16,
    retentionSeconds: 3 * 24 * 60 * 60,
    trace: "off",
    dedupWindowSeconds: 5 * 60,
    paused: "none",
    description: "",
  });
});

it.each<[Paused, boolean, boolean]>([
  ["none", false, false],
  ["publish", true, false],
  ["delivery", false, true],
  ["all", true, true],
])("a topic with %s paused: publish %s, delivery %s", (paused, publish, delivery) => {
  expect(publishIsPaused(aTopic({ paused }))).toBe(publish);
  expect(deliveryIsPaused(aTopic({ paused }))).toBe(delivery);
});
