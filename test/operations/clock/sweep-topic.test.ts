import { StorageUnavailable } from "../../../lib/domain/errors.js";
import { sweepTopic } from "../../../lib/operations/clock/sweep-topic.js";
import { sweep } from "../../../lib/operations/clock/sweep.js";
import { changeSubscription, putSubscription } from "../../../lib/operations/manage/subscriptions.js";
import { getTopic, putTopic } from "../../../lib/operations/manage/topics.js";
import { aPush, publishMany } from "../a-push.js";
import { portsAround } from "../ports-around.js";

const MINUTE_MS = 60_000;

describe("a sweep", () => {
  it("of a topic that fails keeps no other from its own, and is told of", async () => {
    const push = await aPush();
    await publishMany(push.engine, 5);
    const bad = (await putTopic(push.engine, "a-bad-one", {})).value;
    const engine = push.process((ports) =>
      portsAround(ports, async ({ name, args }, carryOut) => {
        const [topic] = args as [{ uid?: string }?];
        if (name === "subscriptions.list" && topic?.uid === bad.uid) throw new StorageUnavailable("the test");
        return await carryOut();
      }),
    );
    await sweep(engine, { deadlineMs: push.clock.nowMs() + MINUTE_MS });
    expect(push.starter.startedPumps).toHaveLength(1);
    expect(push.telemetry.events).toContainEqual(
      expect.objectContaining({
        name: "sweep-failed",
        level: "error",
        fields: expect.objectContaining({ topic: "a-bad-one" }),
      }),
    );
  });

  it("of a subscription that fails keeps no other of its topic from its own, and is told of by name", async () => {
    // GIVEN
    const push = await aPush();
    const { target } = push.subscription;
    for (const name of ["a-bad-one", "z-good-one"])
      await putSubscription(push.engine, "orders", name, { target, from: "earliest" });
    await publishMany(push.engine, 5);
    const engine = push.process((ports) =>
      portsAround(ports, async ({ name, args }, carryOut) => {
        const [subscription] = args as [{ name?: string }?];
        if (name === "progress.nextDueMs" && subscription?.name === "a-bad-one")
          throw new StorageUnavailable("the test");
        return await carryOut();
      }),
    );
    // WHEN
    await sweepTopic(engine, await getTopic(push.engine, "orders"));
    // THEN
    expect(push.starter.startedPumps.map(({ subscription }) => subscription.name).sort()).toEqual([
      "ship",
      "z-good-one",
    ]);
    expect(push.telemetry.events).toContainEqual(
      expect.objectContaining({
        name: "sweep-failed",
        fields: expect.objectContaining({ topic: "orders", subscription: "a-bad-one" }),
      }),
    );
  });

  it("leaves a paused subscription alone", async () => {
    const push = await aPush();
    await publishMany(push.engine, 5);
    await changeSubscription(push.engine, "orders", "ship", { paused: true });
    await sweep(push.engine, { deadlineMs: push.clock.nowMs() + MINUTE_MS });
    expect(push.starter.startedPumps).toEqual([]);
  });
});
