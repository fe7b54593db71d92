import { StorageUnavailable } from "../../../lib/domain/errors.js";
import { receiveWaiting } from "../../../lib/operations/consume/receive.js";
import { settle } from "../../../lib/operations/consume/settle.js";
import { putSubscription } from "../../../lib/operations/manage/subscriptions.js";
import { putTopic } from "../../../lib/operations/manage/topics.js";
import { append } from "../../../lib/operations/log/append.js";
import { sweep } from "../../../lib/operations/clock/sweep.js";
import { aText, aTimedDeployment } from "../a-deployment.js";
import { driven, portsAround } from "../ports-around.js";

const MINUTE_MS = 60_000;
const POLL = { maxMessages: 10, waitSeconds: 20 };

/** A topic that has used so many partitions, long ago; its one subscription, which pulls, has consumed it all. */
async function withColdTopic(partitions: number) {
  const deployment = aTimedDeployment();
  const { clock } = deployment;
  const engine = deployment.process();
  const { value: topic } = await putTopic(engine, "orders", { partitions });
  await putSubscription(engine, "orders", "audit", { from: "earliest" });
  const publish = (partition: number) => append(engine, topic, [aText(`m${partition}`)], () => partition);
  for (let partition = 0; partition < partitions; partition++) await publish(partition);
  for (let left = partitions; left > 0;) {
    const handed = await receiveWaiting(engine, "orders", "audit", { maxMessages: 100, waitSeconds: 0 });
    const acks = handed.map(({ receipt }) => ({ receipt, outcome: "ack" }) as const);
    await settle(engine, "orders", "audit", acks);
    left -= handed.length;
  }
  for (let minute = 0; minute < 12; minute++) {
    await clock.advance(MINUTE_MS);
    await driven(clock, sweep(engine, { deadlineMs: clock.nowMs() + MINUTE_MS }));
  }
  expect(await engine.marks.get(topic)).toBeUndefined();
  return { ...deployment, publish, topic };
}

/** Read units as DynamoDB counts them: 4 KB strongly consistent, 8 KB not, one at the least. */
const UNITS: Readonly<Record<string, number>> = {
  "topics.get": 1,
  "subscriptions.get": 1,
  "marks.get": 0.5,
  "progress.due": 0.5,
  "log.read": 0.5,
  "log.tail": 1,
};
const ANCHOR_BYTES = 130;
const CURSOR_BYTES = 110;

describe("a poll of a topic in which nothing comes", () => {
  it.each([1, 16, 256])("costs at most 40 read units, with %i partitions used", async (partitions) => {
    // GIVEN
    const { process, clock } = await withColdTopic(partitions);
    let units = 0;
    const engine = process((ports) =>
      portsAround(ports, ({ name }, carryOut) => {
        if (name === "log.anchors") units += Math.ceil((partitions * ANCHOR_BYTES) / 4_096) / 2;
        else if (name === "progress.cursors") units += Math.ceil((partitions * CURSOR_BYTES) / 4_096) / 2;
        else units += UNITS[name] ?? NaN;
        return carryOut();
      }),
    );
    // WHEN
    const handed = await driven(clock, receiveWaiting(engine, "orders", "audit", POLL));
    // THEN
    expect(handed).toEqual([]);
    expect(units).toBeLessThanOrEqual(40);
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
});
