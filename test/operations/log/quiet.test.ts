import { StorageUnavailable } from "../../../lib/domain/errors.js";
import { receiveWaiting } from "../../../lib/operations/consume/receive.js";
import { meteredReads, withColdTopic } from "../a-quiet-topic.js";
import { driven, portsAround, recording } from "../ports-around.js";

const MINUTE_MS = 60_000;
const POLL = { maxMessages: 10, waitSeconds: 20 };

describe("a poll of a topic in which nothing comes", () => {
  it.each([1, 16, 256])("costs at most 40 read units, with %i partitions used", async (partitions) => {
    // GIVEN
    const { process, clock } = await withColdTopic(partitions);
    const { meter, replace } = meteredReads(partitions);
    const engine = process(replace);
    // WHEN
    const handed = await driven(clock, receiveWaiting(engine, "orders", "audit", POLL));
    // THEN
    expect(handed).toEqual([]);
    expect(meter.units).toBeLessThanOrEqual(40);
  });

  it.each(["log.anchors", "progress.cursors"])(
    "is not sure of it by a look in which %s failed",
    async (failing) => {
      // GIVEN a process that knows the topic to be quiet, and a message since then whose mark is old
      const { process, clock, publish } = await withColdTopic(2);
      let failures = 0;
      const engine = process((ports) =>
        portsAround(ports, async ({ name }, carryOut) => {
          if (name === failing && failures-- > 0) throw new StorageUnavailable("the test");
          return await carryOut();
        }),
      );
      const poll = () => driven(clock, receiveWaiting(engine, "orders", "audit", POLL));
      expect(await poll()).toEqual([]);
      await publish(0);
      await clock.advance(7 * MINUTE_MS);
      failures = 1;
      // THEN
      expect((await poll()).map(({ body }) => body)).toEqual(["m0"]);
    },
  );

  it.each([0, 3])("gets what comes while it waits, within a second: in partition %i", async (partition) => {
    // GIVEN
    const { process, clock, publish } = await withColdTopic(2);
    const work = receiveWaiting(process(), "orders", "audit", POLL);
    await clock.advance(10_000);
    const sinceMs = clock.nowMs();
    // WHEN
    await publish(partition);
    const handed = await driven(clock, work);
    // THEN
    expect(handed.map(({ body }) => body)).toEqual([`m${partition}`]);
    expect(clock.nowMs() - sinceMs).toBeLessThanOrEqual(1_100);
  });

  it("reads a young mark once, and the mark again once that one is old", async () => {
    // GIVEN a topic whose mark was set a moment ago, and a process that has polled it since
    const { process, clock, publish } = await withColdTopic(1);
    await publish(0);
    const calls: string[] = [];
    const engine = process(recording(calls));
    const poll = () => driven(clock, receiveWaiting(engine, "orders", "audit", POLL));
    const reads = async (): Promise<number> => {
      calls.length = 0;
      await poll();
      return calls.filter((name) => name === "marks.get").length;
    };
    expect(await poll()).toHaveLength(1);
    await poll();
    // THEN
    expect(await reads()).toBe(0);
    await clock.advance(5 * MINUTE_MS);
    expect(await reads()).toBeGreaterThan(0);
  });
});
